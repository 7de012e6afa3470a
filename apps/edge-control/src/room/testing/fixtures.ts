import { env } from 'cloudflare:workers';
import { MeetingSettings, type NodeDescription, PROTOCOL_VERSION } from '@meridian/protocol';
import { vi } from 'vitest';
import type { MeetingRecord, RoomJoinRequest, RoomJoinResult } from '../contract.ts';
import type { MeetingRoom } from '../meeting-room.ts';
import { Reserver } from '../reserver.ts';
import { spareNodes } from './spare-nodes.ts';

export type Room = DurableObjectStub<MeetingRoom>;

/** Hashed at next to no cost (scrypt). */
export const HOST_KEY = {
  key: 'the host key',
  hash: 'scrypt$2$8$1$AQEBAQEBAQEBAQEBAQEBAQ$b_l1kNJAYJl_wWtPXBc6azNnKket03V776KADyvIeM4',
} as const;

/** A room of its own for each test. Where the test says nothing else, there are no nodes but those it names. */
export function newRoom(settings: Partial<MeetingSettings> = {}): { room: Room; meeting: MeetingRecord } {
  if (!vi.isMockFunction(Reserver.prototype.find)) spareNodes();
  const meeting: MeetingRecord = {
    id: crypto.randomUUID(),
    code: '123-4567-8901',
    title: 'Weekly',
    settings: MeetingSettings.parse(settings),
    status: 'active',
    host_key_hash: HOST_KEY.hash,
    version: 1,
  };
  return { room: env.ROOMS.get(env.ROOMS.idFromName(meeting.id)), meeting };
}

const CITIES = {
  amsterdam: { region: 'eu-west', location: { latitude: 52.4, longitude: 4.9 } },
  frankfurt: { region: 'eu-central', location: { latitude: 50.1, longitude: 8.7 } },
  virginia: { region: 'us-east', location: { latitude: 38.9, longitude: -77.4 } },
} as const;
export type City = keyof typeof CITIES;

export function locationOf(city: City) {
  return CITIES[city].location;
}

export function nodeIn(
  city: City,
  id: string = city,
  change: Partial<NodeDescription> = {},
): NodeDescription {
  return {
    node_id: id,
    boot_id: '00000000-0000-4000-8000-000000000001',
    ...CITIES[city],
    url: `wss://${id}.example/media`,
    relay_url: `wss://${id}.example/relay`,
    address: '192.0.2.1',
    port: 40_000,
    dtls_fingerprint: 'AB:CD',
    failure_domain: id,
    capacity: 500,
    bits_capacity_per_s: 1e9,
    version: '1.0.0',
    caps_version: PROTOCOL_VERSION,
    ...change,
  };
}

export function joinRequest(meeting: MeetingRecord, change: Partial<RoomJoinRequest> = {}): RoomJoinRequest {
  return {
    meeting,
    display_name: 'Ada',
    role: 'participant',
    user_id: null,
    audio_only: false,
    location: null,
    reservation: { reservation_id: crypto.randomUUID(), cell: 'test-cell', node: nodeIn('amsterdam') },
    candidates: [],
    ...change,
  };
}

type Accepted<S extends RoomJoinResult['status']> = Extract<RoomJoinResult, { status: S }>;

/** A join that must succeed. */
export async function admitted(
  room: Room,
  meeting: MeetingRecord,
  change: Partial<RoomJoinRequest> = {},
): Promise<Accepted<'admitted'>> {
  const result = await room.join(joinRequest(meeting, change));
  if (!result.ok || result.value.status !== 'admitted') throw new Error(JSON.stringify(result));
  return result.value;
}

/** A join that must lead to the door. */
export async function sentToDoor(
  room: Room,
  meeting: MeetingRecord,
  change: Partial<RoomJoinRequest> = {},
): Promise<Accepted<'waiting'>> {
  const result = await room.join(joinRequest(meeting, change));
  if (!result.ok || result.value.status !== 'waiting') throw new Error(JSON.stringify(result));
  return result.value;
}

/** Ends the meeting as its owner does over REST. */
export function endByOwner(room: Room) {
  return room.command({ kind: 'owner' }, { type: 'end' });
}
