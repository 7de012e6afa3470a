/** Every threshold of the SDK, with its unit and the reason for its value. */

/** REST calls, milliseconds. Above the slowest join seen (a room created on another continent), below patience. */
export const REST_TIMEOUT_MS = 10_000;

/**
 * A meeting, or a place in one, that is asked for without an answer, because a connection broke or could not be made, is
 * asked for so often, with so many milliseconds in between. A place that was given by an answer that was lost lapses by
 * itself. Who is told to come back does, if that is not longer than `longestMs`: so long somebody waits for a meeting
 * without being told anything.
 */
export const ASK_AGAIN = { tries: 3, afterMs: 500, longestMs: 5_000 } as const;

/**
 * Round trips that are measured before a join, milliseconds. `samples`: the least of so many counts, as whatever disturbs
 * makes a round trip longer and never shorter. `requestMs`: by satellite the first request, which opens the connection,
 * takes four round trips of 600 ms. `wholeMs`: that, the samples, and the question where to measure. Nobody waits for it.
 */
export const PROBE = { samples: 3, requestMs: 3_000, wholeMs: 6_000 } as const;

/** From the call of join() until the room has said `joined`, milliseconds; covers one lost socket and its retry. */
export const JOIN_TIMEOUT_MS = 20_000;

/** A socket that has not opened by then is given up and tried anew, milliseconds. TCP's own limit is minutes. */
export const SOCKET_OPEN_TIMEOUT_MS = 8_000;

/** From an open socket to `joined` or `welcome`, milliseconds. The servers close a silent one after 5 s themselves. */
export const HANDSHAKE_TIMEOUT_MS = 8_000;

/** Answer to a request on an open socket, milliseconds. A broken socket is noticed earlier, by its keep-alive. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** Until mute(), setCamera() and so on stop waiting for the room, milliseconds; a reconnect fits in. */
export const CONFIRM_TIMEOUT_MS = 20_000;

/** Until leave() stops waiting for the room's goodbye, milliseconds. The user is already gone in their own mind. */
export const LEAVE_TIMEOUT_MS = 1_000;

/** Without the socket the room is told by a request, so often, with so many milliseconds in between. */
export const LEAVE_AGAIN = { tries: 3, afterMs: 500 } as const;

/** Keep-alive of signaling, milliseconds. Under the 30 s after which common middleboxes forget an idle connection. */
export const SIGNALING_KEEP_ALIVE = { intervalMs: 15_000, timeoutMs: 5_000 };

/** Keep-alive of the media socket, milliseconds. Tighter: what it notices is a picture that stands still. */
export const MEDIA_KEEP_ALIVE = { intervalMs: 2_000, timeoutMs: 2_000 };

/**
 * When a media socket breaks off, milliseconds. `settleMs`: until it is known what broke off with it: browsers end all
 * sockets in one go when the network changes, and a busy one tells of them some turns of the event loop apart. A standby
 * that is still there takes over, but where the room's socket broke off within `togetherMs`, not before `ownNetworkMs`
 * more, or so long after it is back. `tryMs`: one try to open another. `pause`: between two tries, give or take a half. One
 * that failed before anybody else was heard proved nothing, and is repeated as soon as somebody is, within `lookMs`.
 * `limitMs`: until the session is given up; a node keeps it for 10 s. `stableMs`: a socket that broke off sooner was in
 * vain, and counts as a try. `pathMs`: until what was received before has been played, and again so long for a packet of
 * somebody to be played, or ICE is restarted. `replay`: what is kept for the case that it was lost: far more than is said
 * in that time.
 */
export const RESUME = {
  settleMs: 20,
  togetherMs: 1_000,
  ownNetworkMs: 300,
  tryMs: 2_000,
  pause: { firstMs: 60, factor: 1.6, maxMs: 1_000 },
  lookMs: 20,
  limitMs: 8_000,
  stableMs: 2_000,
  pathMs: 150,
  replay: { frames: 256, units: 128 * 1024 },
};

/** Frames not yet taken by the network, bytes. A socket that has that much waiting is stuck, not slow. */
export const SOCKET_BACKLOG_BYTES = 1024 * 1024;

/** Largest frame read from the room, UTF-16 units: a state of 1,000 participants with chat, or a missed log. */
export const SIGNALING_FRAME_UNITS = 16 * 1024 * 1024;

/** Largest frame read from a node, UTF-16 units: a welcome listing the streams of 1,000 participants. */
export const MEDIA_FRAME_UNITS = 4 * 1024 * 1024;

/** First pause between tries and their cap, milliseconds. The room keeps a place for 30 s: several tries fit. */
export const RECONNECT = { baseMs: 300, capMs: 5_000 };

/** A connection that stood this long counts as good: the next failure is again tried at once, milliseconds. */
export const RECONNECT_STABLE_MS = 10_000;

/** Chat messages waiting for the room. A person offline does not type more; a program has to slow down. */
export const CHAT_OUTBOX_LIMIT = 100;

/** A chat message that was neither acknowledged nor refused is sent again, milliseconds. */
export const CHAT_RESEND_MS = 10_000;

/** Chat entries kept in the snapshot; older ones are read over REST. */
export const CHAT_HISTORY_LIMIT = 2_000;

/** Wishes are sent at once, then at most this often, milliseconds: a window being dragged must not flood the node. */
export const WISH_INTERVAL_MS = 100;

/** Until the application says what it shows: this many cameras, at this size in pixels. A 3 × 3 grid. */
export const INITIAL_WISH = { cameras: 9, width: 640, height: 360, priority: 1 };

/** Screens in the initial wish: as sharp as they are sent, and before every camera. */
export const INITIAL_SCREEN_WISH = { width: 3840, height: 2160, priority: 255 };

/** `disconnected` often heals by itself when a lost packet was the reason, milliseconds until ICE is restarted. */
export const ICE_DISCONNECTED_GRACE_MS = 1_500;

/** From the first ICE check, or a restart, to `connected`, milliseconds; a TCP fallback needs about 3 s. */
export const ICE_CONNECT_TIMEOUT_MS = 8_000;

/** A replaced stream is switched without a first frame after this, milliseconds: its source may send nothing now. */
export const SWITCH_TIMEOUT_MS = 3_000;

/**
 * A stream that comes another way is shown from there when it has stopped on the way before, or after a while: a node
 * sends all frames of a video some time after the first one, a voice finds its delay, and the last packets on the old
 * way are not lost. An older session may take `sessionMs` for that. Within one session a video may take `videoMs`, since
 * two copies of it share the bandwidth. Nothing for `stillMs` counts as stopped: two frames at 20 a second. One that has
 * stopped again, or in `paceMs` brings less than `pace` of the frames that come on the old way, may take `stalledMs` more:
 * in that time its node has found a layer of it that is sent. What was shown before goes on for `exchangeMs`: a busy page
 * takes that long to show the other. Milliseconds.
 */
export const SETTLING = {
  sessionMs: 500,
  videoMs: 250,
  stillMs: 100,
  paceMs: 300,
  pace: 0.5,
  stalledMs: 2_000,
  exchangeMs: 200,
  pollMs: 20,
};

/**
 * How long tracks are published on the old session and the new one at the same time, milliseconds: the others are
 * switched by the first packets of the new one, which nobody tells us about. For the furthest of them they come over two
 * relays that have to be opened, by nodes that may be busy; shorter than the node that is left is there for anybody
 * (5 s after the arrival at the new one). `lostMs`: when the old node seems to be lost, and its stream with it.
 */
export const PUBLISH_OVERLAP = { movedMs: 3_000, lostMs: 1_000 };

/**
 * From media being up, and from the end of a move, to the making of a standby, milliseconds: pictures and sound of
 * everybody come first. Long enough for that, short against how often nodes die.
 */
export const STANDBY_DELAY_MS = 1_500;

/**
 * When a node is lost everybody it had needs a standby anew, at nodes that have just taken them over: they come one
 * after another, each within so many milliseconds for everybody in the meeting, and no later than `maxMs`.
 */
export const STANDBY_SPREAD = { eachMs: 100, maxMs: 5_000 } as const;

/**
 * Looks for a sign of life of the node, milliseconds. After `askMs` without one its socket and the standby's are asked
 * for one, after `limitMs` it counts as silent. A healthy path is quiet for no more than some 100 ms while anybody is
 * heard, and a round trip on the socket takes up to 300 ms across the world.
 */
export const NODE_WATCH = {
  lookMs: 50,
  usual: { askMs: 300, limitMs: 700 },
  /**
   * For so long after somebody else has left the node, less is enough: whoever comes late to the standby has missed the
   * key frame that the first one asked for, and the next is a second away. Still above the 400 ms between two packets of
   * a voice that pauses (RFC 6716 §2.1.9) and a round trip after the question.
   */
  warned: { askMs: 100, limitMs: 500 },
  warnedMs: 1_000,
  /** Without packets while the socket answers: the way of packets alone is broken, which browsers notice after 5 s. */
  noPacketsMs: 1_000,
};

/** A session counts as restored without consumers after this, milliseconds: perhaps nobody sends anything. */
export const FIRST_CONSUMER_WAIT_MS = 2_000;

/**
 * A video that comes over from another node is not sent until the node says how much of it is watched, or for this long,
 * milliseconds: it says so within half a second.
 */
export const WATCHED_WAIT_MS = 1_000;

/** How often, and for how long, a new video is asked for its first frame, milliseconds. */
export const FIRST_FRAME = { pollMs: 20, limitMs: 30_000 };

/**
 * How long, from its first frame on, a video is held back by how much, milliseconds. In one call on two busy cores a receiver
 * in Chromium held frames for 5 ms in its first five seconds and for 12 within 25; bursts came about 50 ms late.
 */
export const CUSHION = { targetMs: 50, forMs: 15_000 };

/**
 * After so many media sessions that came to nothing, the room is asked anew where media goes: nodes die. Sooner the
 * first time after one that had worked: the loss itself counts as one, and a node that lives takes the next.
 */
export const ASTRAY = { every: 3, afterUp: 2 };

/** How often the browser's statistics are read, milliseconds: what a badge shows may be that old. */
export const QUALITY_LOOK_MS = 2_500;

/** Every second look is reported to the node: every 5 s, as it expects. */
export const LOOKS_PER_REPORT = 2;

/** A media token is not used in its last seconds, milliseconds: it must still be good when it arrives. */
export const MEDIA_TOKEN_MARGIN_MS = 15_000;

/**
 * Where the encoder starts: what is to be sent and some headroom. libwebrtc begins at 300 kbit/s, and up to about 1,200
 * it leaves the upper of three layers out: it comes after some seconds, and whoever was given it for its first packet
 * sees a picture stand still. A slower uplink is noticed within a second.
 */
export const VIDEO_START = {
  headroom: 1.25,
  maxKbps: 1_500,
  /**
   * Of a standby, which begins with the key frames of all layers on a way that has carried nothing: the browser's probes
   * are on top of them.
   */
  preparedMaxKbps: 1_000,
  minKbps: 300,
  /**
   * On a way that was too narrow a moment ago: the smallest layer. With 813 kbit/s into 250 the handshake of the other
   * transport beside it took more than 8 s; what there is above this is found by the browser's probes.
   */
  narrowKbps: 150,
  /**
   * What the estimate does not fall below until something else is negotiated, however little has been acknowledged yet: the
   * lowest layer and a voice.
   */
  floorKbps: 200,
};

/**
 * Below which the estimate of a session that follows another does not fall: at what keeps the layers that are watched
 * flowing, as long as the way up had `trusted` times as much before (a fraction of that). An estimate breaks down easily
 * while little has been sent, and a layer that stops then is a picture that stands still for seconds: a node can lead
 * nobody to a lower one before the sender's clocks are known (RTCP sender reports). `least`: what libwebrtc needs to
 * send a layer at all, as a fraction of its upper bound; a lower layer has all of its own before. `voiceKbps`: beside
 * them, and both with their headers: with 372 kbit/s two layers became one, with 402 one did not become two again.
 * `atFloor`: an estimate of up to so many times the floor is held up by it; where the way up is congested then, a
 * session without one follows. `memoryMs`: what the way up had is the most of so many milliseconds, since an estimate
 * that has just broken down, or begun, says less. `stepKbps`: each floor that is used has browser abilities of its own,
 * which are kept.
 */
export const FOLLOWING = {
  memoryMs: 15_000,
  trusted: 0.6,
  least: 0.45,
  voiceKbps: 80,
  stepKbps: 25,
  atFloor: 1.2,
};

/**
 * Upper bounds of the camera's encoder by lines of the picture, bits per second: where VP8 stops looking better
 * for faces at 30 frames per second.
 */
export const CAMERA_BITRATES: readonly { lines: number; bps: number }[] = [
  { lines: 180, bps: 150_000 },
  { lines: 360, bps: 500_000 },
  { lines: 720, bps: 1_500_000 },
  { lines: Number.POSITIVE_INFINITY, bps: 2_500_000 },
];

/**
 * Smallest picture, in pixels, for which libwebrtc sends that many simulcast layers; below, it leaves the upper
 * ones out silently. What is declared has to be what is sent.
 */
export const SIMULCAST_MIN_PIXELS: readonly { layers: number; pixels: number }[] = [
  { layers: 3, pixels: 960 * 540 },
  { layers: 2, pixels: 480 * 270 },
];

/** A screen, bits per second: text at native resolution when it scrolls. */
export const SCREEN_BITRATE = 3_000_000;

/** Assumed when a track does not tell its size (a canvas before its first frame), pixels. */
export const ASSUMED_VIDEO_SIZE = { width: 1280, height: 720 };

/** Levels shown as 0 and as 1, dBov (RFC 6464): room noise, and somebody close to the microphone. */
export const AUDIBLE_DBOV = { silent: -60, loud: -10 };

/** Bytes of a data channel not yet taken by the network. Beyond it the sender hears that it is too fast. */
export const DATA_BACKLOG_BYTES = 256 * 1024;

/**
 * Beyond which a connection is no longer good, and beyond which it is poor. Loss from 2 % costs picture, from 5 %
 * words; above 200 ms of round trip people begin to talk over each other, above 400 ms (ITU-T G.114) they always do;
 * jitter is bridged by delay; a score of the node's below 8 and 5 (of 10) is loss on the way up.
 */
export const QUALITY = {
  fair: { loss: 0.02, rttMs: 200, jitterMs: 50, score: 8 },
  poor: { loss: 0.05, rttMs: 400, jitterMs: 100, score: 5 },
};

/**
 * Looks at which layers of a video are sent, `everyMs`, and in the first `earlyMs`, when an estimate of bandwidth may break
 * down, `earlyEveryMs`. One counts as stopped when the lowest has sent `frames` since it was looked at last and it none, and
 * as back when it has been sent for `trustMs`: bandwidth that is just enough comes and goes. Milliseconds.
 */
export const LAYER_FLOW = {
  everyMs: 500,
  earlyEveryMs: 200,
  earlyMs: 3_000,
  frames: 5,
  trustMs: 1_000,
} as const;
