import type { ChatMessage, MeetingSettings, MeridianError, Role, Source, StreamId } from '@meridian/protocol';

/** Why a meeting is no longer joined. */
export type EndReason =
  | 'left'
  | 'removed'
  | 'meeting_ended'
  /** The same session was opened elsewhere. */
  | 'replaced'
  /** Away for longer than the room keeps a place. Joining anew is possible. */
  | 'session_expired'
  | 'failed';

/**
 * The connection as a whole:
 * `joining → connected ⇄ reconnecting → ended`. It never ends because of a network alone, short of
 * `session_expired`, which the room says.
 */
export type MeetingStatus =
  | { status: 'joining' }
  | { status: 'connected' }
  /** What is being restored; media goes on while only signaling is gone, and the reverse. */
  | { status: 'reconnecting'; signaling: boolean; media: boolean; since: number }
  | { status: 'ended'; reason: EndReason; error?: MeridianError };

/** A stream of somebody else. `track` is null until it arrives. */
export type RemoteStream = {
  streamId: StreamId;
  source: Source;
  paused: boolean;
  track: MediaStreamTrack | null;
};

export type ParticipantView = {
  id: string;
  displayName: string;
  role: Role;
  isSelf: boolean;
  connection: 'connected' | 'reconnecting';
  audio: boolean;
  video: boolean;
  screen: boolean;
  joinedAt: number;
  streams: Readonly<Partial<Record<Source, RemoteStream>>>;
};

export type ChatEntry = ChatMessage & {
  /** `pending` until the room has it durably; it is resent over reconnects by itself. */
  delivery: 'pending' | 'sent' | 'failed';
};

/** An immutable picture of the meeting. A new object whenever anything changed, parts that did not change are shared. */
export type MeetingSnapshot = {
  status: MeetingStatus;
  meetingId: string;
  code: string;
  title: string;
  settings: MeetingSettings;
  startedAt: number;
  self: ParticipantView;
  /** Everybody including oneself, by time of joining. */
  participants: readonly ParticipantView[];
  chat: readonly ChatEntry[];
  screenShare: { participantId: string; streamId: StreamId } | null;
  /** Region of the media node in use. */
  region: string;
};

/** Which videos are shown, and how large, in device pixels. */
export type VideoWish = {
  streamId: StreamId;
  width: number;
  height: number;
  /** 1–255, higher first. */
  priority?: number;
  pinned?: boolean;
};

/** Milliseconds from the call of join() to each stage (performance.now() differences). */
export type JoinStages = Partial<
  Record<
    | 'admitted' // POST /join answered
    | 'signaling_open'
    | 'joined'
    | 'media_open'
    | 'welcome'
    | 'recv_connected' // ICE and DTLS up
    | 'send_connected'
    | 'first_consumer'
    | 'first_video_frame', // first decoded frame of anybody
    number
  >
>;

export type JoinOptions = {
  /** Origin of the control plane; the page's own by default. */
  origin?: string;
  /** Id or code. */
  meeting: string;
  displayName: string;
  password?: string;
  hostKey?: string;
  /** Tracks to publish from the start. They stay the caller's: the SDK never stops them. */
  microphone?: MediaStreamTrack | null;
  camera?: MediaStreamTrack | null;
  /** Join with the microphone track present but muted. */
  startMuted?: boolean;
  reconnect?: ReconnectPolicy;
  /** Aborts a join under way. */
  signal?: AbortSignal;
};

/** Milliseconds to wait before try number `attempt` (from 0). There is no giving up. */
export type ReconnectPolicy = (attempt: number, random: () => number) => number;
