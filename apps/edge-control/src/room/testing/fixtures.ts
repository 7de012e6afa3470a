import { env } from 'cloudflare:workers';
import { MeetingSettings, type NodeDescription, PROTOCOL_VERSION } from '@meridian/protocol';
import type { MeetingRecord, RoomJoinRequest, RoomJoinResult } from '../contract.ts';
import type { MeetingRoom } from '../meeting-room.ts';

export type Room = DurableObjectStub<MeetingRoom>;

/** A room of its own for each test. */
export function newRoom(settings: Partial<MeetingSettings> = {}): { room: Room; meeting: MeetingRecord } {
  const meeting: MeetingRecord = {
    id: crypto.randomUUID(),
    code: '123-4567-8901',
    title: 'Weekly',
    settings: MeetingSettings.parse(settings),
    status: 'active',
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
    capacity: 500,
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
    ...change,
  };
}

/** A join that must succeed. */
export async function admitted(
  room: Room,
  meeting: MeetingRecord,
  change: Partial<RoomJoinRequest> = {},
): Promise<RoomJoinResult> {
  const result = await room.join(joinRequest(meeting, change));
  if (!result.ok) throw new Error(`refused: ${result.error.code}`);
  return result.value;
}
