import type {
  ChatMessage,
  Failover,
  MeetingSettings,
  MeridianError,
  Role,
  Source,
  StreamId,
} from '@meridian/protocol';
import type { Capabilities } from './capabilities.ts';

/** Why a meeting is no longer joined. */
export type EndReason =
  | 'left'
  | 'removed'
  | 'meeting_ended'
  /** Turned away at the waiting room. */
  | 'denied'
  /** The same session was opened elsewhere. */
  | 'replaced'
  /** Away for longer than the room keeps a place. Joining anew is possible. */
  | 'session_expired'
  | 'failed';

/**
 * The connection as a whole:
 * `joining → (waiting →) connected ⇄ reconnecting → ended`. It never ends because of a network alone, short of
 * `session_expired`, which the room says.
 */
export type MeetingStatus =
  | { status: 'joining' }
  /**
   * At the door, until a host lets one in. `offline`: the connection to the room is being restored; the place in
   * the queue is kept meanwhile. `since` is Unix milliseconds by this device's clock.
   */
  | { status: 'waiting'; reason: WaitingReason; title: string; since: number; offline: boolean }
  | { status: 'connected' }
  /** What is being restored; media goes on while only signaling is gone, and the reverse. */
  | { status: 'reconnecting'; signaling: boolean; media: boolean; since: number }
  | { status: 'ended'; reason: EndReason; error?: MeridianError };

/** `waiting_room`: a host decides. `host_absent`: nobody is there yet who could. */
export type WaitingReason = 'waiting_room' | 'host_absent';

/** Which of a video's layers arrives: `spatial` 0 is the smallest picture, `temporal` 0 the fewest frames. */
export type StreamLayer = { spatial: number; temporal: number | null };

/** How good a network is, in one word. */
export type Grade = 'good' | 'fair' | 'poor';

/** A stream of somebody else. `track` is null until it arrives. */
export type RemoteStream = {
  streamId: StreamId;
  source: Source;
  /** Its owner, or a host, has muted it. */
  paused: boolean;
  track: MediaStreamTrack | null;
  /**
   * A video that takes the place of `track` with its first frame, when its sender or oneself moves. Who has an element
   * ready for it shows that frame; who does not shows the one after.
   */
  next: MediaStreamTrack | null;
  /** Null for audio, and while nothing of a video arrives: not wished for, or no bandwidth for it. */
  layer: StreamLayer | null;
  /** A video that should be moving and has shown no new frame for some seconds. */
  frozen: boolean;
  /**
   * How well its sender's own network carries it up; what is lost on one's own way down is not in it. Null while that
   * cannot be said, and of a muted one.
   */
  uplink: Grade | null;
};

/** Somebody in the meeting. */
export type ParticipantView = {
  id: string;
  displayName: string;
  role: Role;
  isSelf: boolean;
  /** Not signed in: the name is what they typed. */
  guest: boolean;
  /** When the hand went up, Unix milliseconds by the room's clock; null while it is down. */
  handRaisedAt: number | null;
  /** `reconnecting`: their connection to the room is gone for the moment. Media may well be flowing. */
  connection: 'connected' | 'reconnecting';
  /** Microphone unmuted, as everybody is shown it; for oneself what is really sent. */
  audio: boolean;
  /** Camera on. */
  video: boolean;
  /** Sharing a screen. */
  screen: boolean;
  /** Unix milliseconds by the room's clock. */
  joinedAt: number;
  /** What they send; empty for oneself. */
  streams: Readonly<Partial<Record<Source, RemoteStream>>>;
};

/** Somebody at the door. */
export type WaitingView = {
  id: string;
  displayName: string;
  guest: boolean;
  /** Unix milliseconds by the room's clock. */
  since: number;
};

/** A message as it is shown: one's own before the room has it, too. */
export type ChatEntry = ChatMessage & {
  /** `pending` until the room has it durably; it is resent over reconnects by itself. */
  delivery: 'pending' | 'sent' | 'failed';
};

/**
 * An immutable picture of the meeting. A new object whenever anything changed, parts that did not change are shared.
 * Who waits at the door knows the title and oneself; ids and code are empty, and nothing is permitted, until then.
 */
export type MeetingSnapshot = {
  status: MeetingStatus;
  meetingId: string;
  code: string;
  title: string;
  /** As they are now; hosts change them while the meeting runs. */
  settings: MeetingSettings;
  /** Nobody new gets in. */
  locked: boolean;
  /** Unix milliseconds by the room's clock. */
  startedAt: number;
  /** What this participant may do now, by role and settings. */
  capabilities: Capabilities;
  self: ParticipantView;
  /** Everybody including oneself, by time of joining. */
  participants: readonly ParticipantView[];
  /** At the door, first come first; known to hosts and co-hosts only, empty for everybody else. */
  waiting: readonly WaitingView[];
  /** Who holds the floor; stays through pauses. Null before anybody has spoken, or when they have left. */
  activeSpeakerId: string | null;
  /** In the room's order, then what it does not have yet. */
  chat: readonly ChatEntry[];
  screenShare: { participantId: string; streamId: StreamId } | null;
  /** Region of the media node in use; empty while waiting at the door. */
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

/** A value that changes, as React's useSyncExternalStore takes it. Both functions are bound. */
export type Observed<T> = {
  /** The same object until it changes. */
  get(): T;
  /** Calls back after changes, once for many at a time. Returns how to unsubscribe. */
  subscribe(listener: () => void): () => void;
};

/** How loud somebody is, 0 (not heard) to 1, by participant. Who is not in it is silent. */
export type Levels = ReadonlyMap<string, number>;

/** What to receive at all. */
export type ReceiveOptions = {
  /** No video at all; for a slow or metered connection. */
  audioOnly?: boolean;
  /** Bits per second of all video together, at least 50,000; null: as much as the path carries. */
  maxBitrate?: number | null;
};

/** How a screen is sent. */
export type ScreenOptions = {
  /**
   * `detail`: text stays sharp and frames are left out when bandwidth is short; `motion`: a film stays fluid and
   * loses sharpness. The track's own contentHint when absent, and `detail` without one.
   */
  content?: 'detail' | 'motion';
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

/** See Meeting.join. */
export type JoinOptions = {
  /** Origin of the control plane; the page's own by default. */
  origin?: string;
  /** Id or code. */
  meeting: string;
  displayName: string;
  /** For meetings that have one. */
  password?: string;
  /** Came with the meeting when it was created: makes this participant a host. */
  hostKey?: string;
  /** Tracks to publish from the start. They stay the caller's: the SDK never stops them. */
  microphone?: MediaStreamTrack | null;
  camera?: MediaStreamTrack | null;
  /** Join with the microphone track present but muted. */
  startMuted?: boolean;
  /** What to receive from the start; see Meeting.setReceive. */
  receive?: ReceiveOptions;
  /**
   * The most that is prepared for the loss of the media node; less than the room would have spares a weak device or a
   * metered network a second connection, and costs time when it comes to it. See `docs/apps/sdk.md`.
   */
  failover?: Failover;
  /** `relay`: media goes through a TURN server only, to find out whether the direct way is at fault. */
  iceTransportPolicy?: RTCIceTransportPolicy;
  /** `defaultReconnectPolicy` unless given. */
  reconnect?: ReconnectPolicy;
  /** Round trips to regions near here as `measureRoundTrips` has them, in milliseconds; otherwise the map is gone by. */
  roundTrips?: Readonly<Record<string, number>>;
  /** Aborts a join under way. */
  signal?: AbortSignal;
};

/** Milliseconds to wait before try number `attempt` (from 0). There is no giving up. */
export type ReconnectPolicy = (attempt: number, random: () => number) => number;
