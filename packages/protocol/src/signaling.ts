import { z } from 'zod';
import { MediaPlaces } from './endpoint.ts';
import { ErrorMessage, message, Ping, Pong } from './envelope.ts';
import { NodeId, ParticipantId, SessionId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { StreamId } from './media.ts';
import {
  ChatMessage,
  DisplayName,
  MediaState,
  MeetingSettings,
  MeetingSettingsPatch,
  MeetingState,
  Participant,
  Reaction,
  Role,
  ScreenShare,
  Timestamp,
  WaitingParticipant,
} from './meeting.ts';

/**
 * Signaling: browser ↔ room, `WSS /api/v1/meetings/{id}/signal`.
 * The ticket travels as the second value of Sec-WebSocket-Protocol, after this one.
 */
export const SIGNALING_SUBPROTOCOL = 'meridian.signal.v1';

const ToggledMedia = z.enum(['audio', 'video']);

// ---- client → room -------------------------------------------------------------------------------------

export const Join = message('join', {
  media: z.object({ audio: z.boolean(), video: z.boolean() }),
});
export const Resume = message('resume', {
  session_id: SessionId,
  session_secret: z.string().max(128),
  /** The last ordered event the client has; everything after it is sent again. */
  last_seq: z.number().int().nonnegative(),
});
export const Leave = message('leave', {});
/** Without `target_user`: oneself. With it: a host silences somebody at the node (a hard mute). */
export const Mute = message('mute', { target_user: ParticipantId.optional(), media: ToggledMedia });
/** Oneself only: nobody can switch another's microphone or camera on. */
export const Unmute = message('unmute', { media: ToggledMedia });
export const VideoToggle = message('video_toggle', { enabled: z.boolean() });
export const ScreenShareStart = message('screen_share_start', { stream_id: StreamId });
/** Without `target_user`: one's own. With it: a host ends somebody's share. */
export const ScreenShareStop = message('screen_share_stop', { target_user: ParticipantId.optional() });
export const Chat = message('chat', {
  text: z.string().trim().min(1).max(LIMITS.chatText),
  recipient_id: ParticipantId.optional(),
  /** Chosen by the sender, the same on every resend; makes the message at most once. */
  client_id: z.uuid(),
});
/** Puts one's own hand up or down; a host may take down somebody else's. */
export const RaiseHand = message('raise_hand', {
  raised: z.boolean(),
  target_user: ParticipantId.optional(),
});
export const SendReaction = message('reaction', { reaction: Reaction });
export const Rename = message('rename', { display_name: DisplayName, target_user: ParticipantId.optional() });

// What follows is for hosts and, but for `end` and `set_role`, for co-hosts.

/** Asks somebody to switch the microphone on. Nobody can do it for them. */
export const RequestUnmute = message('request_unmute', { target_user: ParticipantId });
/** Silences everybody but hosts and co-hosts, at the nodes. */
export const MuteAll = message('mute_all', {});
export const Admit = message('admit', { target_user: ParticipantId });
export const AdmitAll = message('admit_all', {});
/** Turns somebody who waits away, for this session of the meeting. */
export const Deny = message('deny', { target_user: ParticipantId });
export const SetRole = message('set_role', { target_user: ParticipantId, role: Role });
export const Lock = message('lock', { locked: z.boolean() });
export const UpdateSettings = message('update_settings', { settings: MeetingSettingsPatch });
export const Remove = message('remove', { target_user: ParticipantId });
export const End = message('end', {});
/** Makes the sender a host: the host key proves the right from any device. */
export const ClaimHost = message('claim_host', { host_key: z.string().min(1).max(128) });
/**
 * A media node cannot be reached, or is gone: asks for another. Answered by `sfu_move`; by `standby` where it is the
 * standby that does not work.
 */
export const RequestNode = message('request_node', {
  /** The node that does not work; an old request cannot undo a newer move. */
  node_id: NodeId,
  reason: z.enum(['unreachable', 'lost']),
});
/**
 * The node was lost and the client has gone over to its standby by itself. Answered by `standby` with a new one; by
 * `sfu_move` when the room does not know of that standby.
 */
export const Activated = message('activated', {
  node_id: NodeId,
  from_node_id: NodeId,
  reason: z.enum(['socket_closed', 'silent', 'ice_failed']),
});
/** Asks for a fresh media token, when the node says that it needs one. */
export const RequestMediaToken = message('request_media_token', {});

export const ClientToRoom = z.discriminatedUnion('type', [
  Join,
  Resume,
  Leave,
  Mute,
  Unmute,
  VideoToggle,
  ScreenShareStart,
  ScreenShareStop,
  Chat,
  RaiseHand,
  SendReaction,
  Rename,
  RequestUnmute,
  MuteAll,
  Admit,
  AdmitAll,
  Deny,
  SetRole,
  Lock,
  UpdateSettings,
  Remove,
  End,
  ClaimHost,
  RequestNode,
  Activated,
  RequestMediaToken,
  Ping,
]);
export type ClientToRoom = z.infer<typeof ClientToRoom>;

// ---- room → client: ordered events -----------------------------------------------------------------------

/**
 * `seq` rises by the room; `prev` is the seq of the event before this one for this recipient, so that a gap
 * shows although some events are private.
 */
const order = { seq: z.number().int().positive(), prev: z.number().int().nonnegative() };

export const ParticipantJoined = message('participant_joined', { ...order, participant: Participant });
export const ParticipantLeft = message('participant_left', {
  ...order,
  participant_id: ParticipantId,
  reason: z.enum(['left', 'removed', 'timeout']),
});
/** Role, name or connection changed. Carries the whole participant. */
export const ParticipantUpdated = message('participant_updated', { ...order, participant: Participant });
export const MediaStateChanged = message('media_state', {
  ...order,
  participant_id: ParticipantId,
  media: MediaState,
  /** Who did it; differs from `participant_id` for a host's mute. Null when it was done over REST. */
  by: ParticipantId.nullable(),
});
export const ChatBroadcast = message('chat_broadcast', {
  ...order,
  message: ChatMessage,
  /** Only in the copy for the sender. */
  client_id: z.uuid().optional(),
});
export const ScreenShareStarted = message('screen_share_started', { ...order, screen_share: ScreenShare });
export const ScreenShareStopped = message('screen_share_stopped', {
  ...order,
  participant_id: ParticipantId,
});
export const HandRaised = message('raise_hand', {
  ...order,
  participant_id: ParticipantId,
  /** Null: the hand is down. */
  raised_at: Timestamp.nullable(),
  by: ParticipantId,
});
/** Lock or settings changed. `by` is null when it was done over REST. */
export const MeetingUpdated = message('meeting_updated', {
  ...order,
  locked: z.boolean(),
  settings: MeetingSettings,
  by: ParticipantId.nullable(),
});
/** Who came to the door and who left it. Only to hosts and co-hosts. */
export const WaitingRoomChanged = message('waiting_room', {
  ...order,
  added: z.array(WaitingParticipant),
  removed: z.array(ParticipantId),
});
/** A host asks the recipient to switch the microphone on. */
export const UnmuteRequested = message('unmute_requested', { ...order, by: ParticipantId });
export const MeetingEnded = message('meeting_ended', { ...order, by: ParticipantId.nullable() });

export const OrderedEvent = z.discriminatedUnion('type', [
  ParticipantJoined,
  ParticipantLeft,
  ParticipantUpdated,
  MediaStateChanged,
  ChatBroadcast,
  ScreenShareStarted,
  ScreenShareStopped,
  HandRaised,
  MeetingUpdated,
  WaitingRoomChanged,
  UnmuteRequested,
  MeetingEnded,
]);
export type OrderedEvent = z.infer<typeof OrderedEvent>;

// ---- room → client: the rest ------------------------------------------------------------------------------

export const Joined = message('joined', {
  /** The state below includes every event up to this one. */
  seq: z.number().int().nonnegative(),
  participant_id: ParticipantId,
  session_id: SessionId,
  /** Proves the session on `resume`. A new one with every `joined`. */
  session_secret: z.string(),
  server_time: Timestamp,
  /**
   * With `join`: always. With `resume`: only when the log no longer reaches back to `last_seq`;
   * otherwise the missed events follow in a `batch`.
   */
  state: MeetingState.optional(),
  ...MediaPlaces.shape,
  delivery: z.enum(['webrtc', 'hls']),
  /** True when `state` replaces what the client had. */
  reset: z.boolean().optional(),
});
export type Joined = z.infer<typeof Joined>;

/**
 * Answers `join` or `resume` of somebody who has to wait. `joined` follows on the same socket when a host lets
 * them in; a close with `denied` when not.
 */
export const Waiting = message('waiting', {
  title: z.string(),
  /** `host_absent`: nobody can let anybody in yet. */
  reason: z.enum(['waiting_room', 'host_absent']),
  session_id: SessionId,
  session_secret: z.string(),
  server_time: Timestamp,
});
export type Waiting = z.infer<typeof Waiting>;

/** Media goes elsewhere from now on: connect there, publish, and only then let go of the old node. */
export const SfuMove = message('sfu_move', {
  reason: z.enum(['drain', 'unreachable', 'lost', 'rebalance']),
  ...MediaPlaces.shape,
});
export type SfuMove = z.infer<typeof SfuMove>;

/** Another standby from now on, or none; also the answer to `activated`. The node in use stays. */
export const StandbyChanged = message('standby', MediaPlaces.omit({ sfu: true }).shape);
export type StandbyChanged = z.infer<typeof StandbyChanged>;

/** Not ordered and not repeated: who was away has not missed anything that matters. */
export const ReactionShown = message('reaction', { participant_id: ParticipantId, reaction: Reaction });
/** Answers a request whose effect is not an event for its sender. */
export const Done = message('done', {});

/** Several ordered events in one frame: a burst of joins, or what a resumed client missed. */
export const Batch = message('batch', { events: z.array(OrderedEvent).max(5_000) });
export const MediaTokenGranted = message('media_token', { media_token: z.string() });
export const LeaveDone = message('left', {});

export const RoomToClient = z.discriminatedUnion('type', [
  Joined,
  Waiting,
  SfuMove,
  StandbyChanged,
  ReactionShown,
  Done,
  Batch,
  ParticipantJoined,
  ParticipantLeft,
  ParticipantUpdated,
  MediaStateChanged,
  ChatBroadcast,
  ScreenShareStarted,
  ScreenShareStopped,
  HandRaised,
  MeetingUpdated,
  WaitingRoomChanged,
  UnmuteRequested,
  MeetingEnded,
  MediaTokenGranted,
  LeaveDone,
  ErrorMessage,
  Pong,
]);
export type RoomToClient = z.infer<typeof RoomToClient>;
