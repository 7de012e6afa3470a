import { z } from 'zod';
import { SfuEndpoint } from './endpoint.ts';
import { ErrorMessage, message, Ping, Pong } from './envelope.ts';
import { ParticipantId, SessionId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { StreamId } from './media.ts';
import { ChatMessage, MediaState, MeetingState, Participant, ScreenShare, Timestamp } from './meeting.ts';

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
export const ScreenShareStop = message('screen_share_stop', {});
export const Chat = message('chat', {
  text: z.string().trim().min(1).max(LIMITS.chatText),
  recipient_id: ParticipantId.optional(),
  /** Chosen by the sender, the same on every resend; makes the message at most once. */
  client_id: z.uuid(),
});
export const Remove = message('remove', { target_user: ParticipantId });
export const End = message('end', {});
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
  Remove,
  End,
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
  /** Who did it; differs from `participant_id` for a host's mute. */
  by: ParticipantId,
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
export const MeetingEnded = message('meeting_ended', { ...order, by: ParticipantId.nullable() });

export const OrderedEvent = z.discriminatedUnion('type', [
  ParticipantJoined,
  ParticipantLeft,
  ParticipantUpdated,
  MediaStateChanged,
  ChatBroadcast,
  ScreenShareStarted,
  ScreenShareStopped,
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
  sfu: SfuEndpoint,
  standby: SfuEndpoint.nullable(),
  delivery: z.enum(['webrtc', 'hls']),
  /** True when `state` replaces what the client had. */
  reset: z.boolean().optional(),
});
export type Joined = z.infer<typeof Joined>;

/** Several ordered events in one frame: a burst of joins, or what a resumed client missed. */
export const Batch = message('batch', { events: z.array(OrderedEvent).max(5_000) });
export const MediaTokenGranted = message('media_token', { media_token: z.string() });
export const LeaveDone = message('left', {});

export const RoomToClient = z.discriminatedUnion('type', [
  Joined,
  Batch,
  ParticipantJoined,
  ParticipantLeft,
  ParticipantUpdated,
  MediaStateChanged,
  ChatBroadcast,
  ScreenShareStarted,
  ScreenShareStopped,
  MeetingEnded,
  MediaTokenGranted,
  LeaveDone,
  ErrorMessage,
  Pong,
]);
export type RoomToClient = z.infer<typeof RoomToClient>;
