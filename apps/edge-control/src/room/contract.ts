import type { JoinResponse, Location, MeetingSettings, Role } from '@meridian/protocol';
import type { Reservation } from '../fleet/contract.ts';
import type { Result } from '../result.ts';

/** What the room has to know of the meeting it runs. From Postgres, or from the cache in front of it. */
export type MeetingRecord = {
  id: string;
  code: string;
  title: string;
  settings: MeetingSettings;
  status: 'scheduled' | 'active' | 'ended';
};

export type RoomJoinRequest = {
  meeting: MeetingRecord;
  display_name: string;
  /** Decided at the edge: the host key was right. */
  role: Role;
  user_id: string | null;
  audio_only: boolean;
  location: Location | null;
  /** Held at a cell near the participant. The room uses it, or releases it when it prefers a node it has. */
  reservation: Reservation;
};

/** The part of the join response that is the room's to say. */
export type RoomJoinResult = Omit<JoinResponse, 'signaling_url' | 'ice_servers'>;

/** Who calls, as proven by a ticket. */
export type Caller = { participant_id: string; session_id: string };

/**
 * MeetingRoom over RPC. Its sockets come in through fetch():
 * `/signal` (with the verified ticket's claims in headers) and `/room-link` (with the verified node's).
 */
export interface MeetingRoomApi {
  join(request: RoomJoinRequest): Promise<Result<RoomJoinResult>>;
  leave(caller: Caller): Promise<Result<null>>;
  /** Ends the meeting for all. The caller must be host; null when the host key was given. */
  end(caller: Caller | null): Promise<Result<null>>;
  /** The queue consumer has written these outbox rows to Postgres. */
  confirmOutbox(meetingSessionId: string, upToSeq: number): Promise<void>;
}

/** Headers the edge sets on a socket request after checking its token. Removed from what clients send. */
export const ROOM_HEADERS = {
  participantId: 'x-meridian-participant-id',
  sessionId: 'x-meridian-session-id',
  nodeId: 'x-meridian-node-id',
  region: 'x-meridian-region',
} as const;
