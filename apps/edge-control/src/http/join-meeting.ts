import type {
  JoinRequest,
  JoinResponse,
  Location,
  MeetingRef,
  PlacementCandidate,
  Role,
} from '@meridian/protocol';
import type { z } from 'zod';
import type { ApiEnv } from '../env.ts';
import type { Reservation } from '../fleet/contract.ts';
import { releaseReservation, reserveNear } from '../fleet/reserve.ts';
import { fleetSnapshot } from '../fleet/snapshot-cache.ts';
import { log } from '../log.ts';
import { type Result, unwrap } from '../result.ts';
import type { RoomJoinResult } from '../room/contract.ts';
import { findMeeting } from '../storage/find-meeting.ts';
import { roomView, type StoredMeeting } from '../storage/stored-meeting.ts';
import { checkAccess, precheckAccess } from './access.ts';
import { iceServers } from './ice-servers.ts';
import { callRoom, roomStub } from './room-stub.ts';
import { roomLinkUrl, signalingUrl } from './urls.ts';

export type Joiner = {
  ref: MeetingRef;
  body: z.output<typeof JoinRequest>;
  /** Null for guests. */
  userId: string | null;
  address: string;
  location: Location | null;
  hint: DurableObjectLocationHint | undefined;
  trace_id: string;
  waitUntil: (work: Promise<unknown>) => void;
};

/**
 * Lets a participant in: finds the meeting, checks the password while a place near the participant is being
 * reserved, and asks the room once. A place that is not used is given back.
 */
export async function joinMeeting(env: ApiEnv, joiner: Joiner): Promise<JoinResponse> {
  const { body, userId, address, location, waitUntil } = joiner;
  // Fetched alongside; whoever needs it next takes it from the isolate or sees why it failed.
  waitUntil(fleetSnapshot(env, Date.now()).catch(() => undefined));
  const meeting = await findMeeting(env, joiner.ref, waitUntil);
  precheckAccess(meeting, { ...body, userId }, address, Date.now());
  const { role, reservation, candidates } = await admitted(env, joiner, meeting);
  let result: Result<RoomJoinResult>;
  try {
    result = await callRoom(() =>
      roomStub(env.ROOMS, meeting.id, joiner.hint).join({
        meeting: roomView(meeting),
        display_name: body.display_name,
        role,
        user_id: userId,
        audio_only: body.audio_only,
        location,
        round_trips: body.round_trips,
        reservation,
        candidates,
        trace_id: joiner.trace_id,
      }),
    );
  } catch (error) {
    // The room may yet use the place; if it does not, the reservation lapses, but the sooner the better.
    waitUntil(releaseReservation(env, reservation));
    throw error;
  }
  if (!result.ok) waitUntil(releaseReservation(env, reservation));
  const joined = unwrap(result);
  log('info', 'joined', {
    trace_id: joiner.trace_id,
    meeting_id: meeting.id,
    participant_id: joined.participant_id,
    ...(joined.status === 'admitted' ? { node_id: joined.sfu.node_id } : {}),
    candidates,
  });
  return {
    ...joined,
    signaling_url: signalingUrl(env, meeting.id),
    ice_servers: iceServers(env, joined.participant_id, Date.now()),
  };
}

type Admission = { role: Role; reservation: Reservation; candidates: PlacementCandidate[] };

/** Both at once: checking a password takes as long as asking a cell. */
async function admitted(env: ApiEnv, joiner: Joiner, meeting: StoredMeeting): Promise<Admission> {
  const { body, userId, address, location, waitUntil } = joiner;
  const { round_trips } = body;
  const wish = { meeting_id: meeting.id, room_url: roomLinkUrl(env, meeting.id), location, round_trips };
  const [access, place] = await Promise.allSettled([
    checkAccess(env, meeting, { ...body, userId }, address, Date.now()),
    reserveNear(env, wish, waitUntil),
  ]);
  if (access.status === 'rejected') {
    if (place.status === 'fulfilled') waitUntil(releaseReservation(env, place.value.reservation));
    throw access.reason;
  }
  if (place.status === 'rejected') throw place.reason;
  return { role: access.value, ...place.value };
}
