import type {
  Admitted,
  AtTheDoor,
  ChatMessage,
  Location,
  MediaPlaces,
  MeetingPlacement,
  MeetingSettings,
  MeetingState,
  PlacementCandidate,
  Role,
  SendChatRequest,
  signaling,
} from '@meridian/protocol';
import type { Reservation } from '../fleet/contract.ts';
import type { RoundTrips } from '../placement/index.ts';
import type { Result } from '../result.ts';

/** What the room has to know of the meeting it runs. From Postgres, or from the cache in front of it. */
export type MeetingRecord = {
  id: string;
  code: string;
  title: string;
  settings: MeetingSettings;
  status: 'scheduled' | 'active' | 'ended';
  /** For those who claim it in the meeting (scrypt). */
  host_key_hash: string;
  /** Rises with each change its owner makes: a running session takes newer ones over, not what a cache still has. */
  version: number;
};

export type RoomJoinRequest = {
  meeting: MeetingRecord;
  display_name: string;
  /** Decided at the edge: the host key was right, or the meeting is this user's. */
  role: Role;
  /** Null for guests. */
  user_id: string | null;
  audio_only: boolean;
  location: Location | null;
  /** An API of a former deployment is silent on them. */
  round_trips?: RoundTrips;
  /**
   * Held at a cell near the participant. The room uses it, or releases it when it prefers a node it has or when
   * the participant has to wait.
   */
  reservation: Reservation;
  /** Where else a place was looked for. */
  candidates: PlacementCandidate[];
  /** Of the request, for the log. */
  trace_id?: string;
};

/** The part of the join response that is the room's to say. */
export type RoomJoinResult =
  | Omit<Admitted, 'signaling_url' | 'ice_servers'>
  | Omit<AtTheDoor, 'signaling_url' | 'ice_servers'>;

/** Who calls, as proven by a ticket. */
export type Caller = { participant_id: string; session_id: string };

/** Who acts on a room over REST. */
export type RoomActor =
  | { kind: 'participant'; caller: Caller }
  /** The meeting's owner (signed in, or by API key), or the bearer of its host key: has a host's rights. */
  | { kind: 'owner' };

/** Operators of the platform may see where media is, and nothing else of a meeting. */
export type PlacementViewer = RoomActor | { kind: 'operator' };

type Body<M> = M extends { v: unknown } ? Omit<M, 'v' | 'ref'> : never;

/** What can be done to a room over REST: the same requests as over signaling, carried out by the same code. */
export type RoomCommand = Body<
  Extract<
    signaling.ClientToRoom,
    {
      type:
        | 'mute'
        | 'mute_all'
        | 'screen_share_stop'
        | 'lock'
        | 'admit'
        | 'admit_all'
        | 'deny'
        | 'remove'
        | 'set_role'
        | 'update_settings'
        | 'end';
    }
  >
>;

/**
 * MeetingRoom over RPC. Its sockets come in through fetch():
 * `/signal` (with the verified ticket's claims in headers) and `/room-link` (with the verified node's).
 * A meeting that is not running refuses everything but join with `not_found`.
 */
export interface MeetingRoomApi {
  join(request: RoomJoinRequest): Promise<Result<RoomJoinResult>>;
  leave(caller: Caller): Promise<Result<null>>;
  /** `traceId` is the request's, for the log. */
  command(actor: RoomActor, command: RoomCommand, traceId?: string): Promise<Result<null>>;
  /** Answered when the message is durable, with the message as everybody gets it. Participants only. */
  chat(caller: Caller, request: SendChatRequest): Promise<Result<ChatMessage>>;
  /** What this actor may see; the owner sees what a host sees. */
  state(actor: RoomActor): Promise<Result<MeetingState>>;
  /** Where the caller's media goes, with a fresh token. */
  sfu(caller: Caller): Promise<Result<MediaPlaces>>;
  /** Where everybody's media is and why; hosts and the owner. Also of a session that has ended lately. */
  placement(viewer: PlacementViewer): Promise<Result<MeetingPlacement>>;
  /** The node was thrown out of the fleet: it counts as lost, and has no link any more. */
  nodeRevoked(nodeId: string): Promise<void>;
  /** The meeting's record was changed: a running session takes over title and settings. */
  recordChanged(meeting: MeetingRecord): Promise<void>;
  /** The queue consumer has written these outbox rows to Postgres. */
  confirmOutbox(meetingSessionId: string, upToSeq: number): Promise<void>;
}

/** Headers the edge sets on a socket request after checking its token. Removed from what clients send. */
export const ROOM_HEADERS = {
  participantId: 'x-meridian-participant-id',
  sessionId: 'x-meridian-session-id',
  nodeId: 'x-meridian-node-id',
  nodeKid: 'x-meridian-node-kid',
  region: 'x-meridian-region',
} as const;
