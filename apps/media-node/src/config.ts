/** Sent as `version` of the node: what operators compare during a rollout. */
export const NODE_VERSION = '0.1.0';

/** Milliseconds, unless the name says otherwise. */
export const MEDIA_SOCKET = {
  /** A socket that has not said who it is costs a file descriptor only, so an attacker may hold one this long. */
  helloTimeout: 5_000,
  /** Sockets that may be waiting for their hello at once. */
  maxUnauthenticated: 1_000,
  /** Seconds without a frame after which uWS closes; it sends pings by itself in between. */
  idleTimeout: 32,
  /** Bytes a slow reader may have outstanding. A whole join of 100 consumers is about 300 KiB. */
  maxBacklogBytes: 1024 * 1024,
  /**
   * Frames at once, and per second from then on. A join into a full meeting answers `consumer_ready` some
   * hundred times in one burst; nothing that behaves comes near.
   */
  burst: 600,
  perSecond: 60,
  /**
   * What is kept of what was said to a client, for the socket after this one: speakers change four times a second, so
   * this is far more than a network that changes loses; a join into a full meeting is not kept, and is done anew.
   */
  replay: { frames: 256, units: 128 * 1024 },
} as const;

export const PEER = {
  /**
   * How long the transports of a peer outlive its socket. Others go on seeing and hearing somebody whose
   * socket blinks, until the new socket publishes; longer would show frozen pictures of people who left.
   */
  linger: 10_000,
  /** What the bandwidth estimation starts from, bits per second: a 360p layer at once, more within a second. */
  initialOutgoingBitrate: 1_000_000,
  /** Seconds without an answer to an ICE consent check (RFC 7675) until the transport counts as gone. */
  iceConsentTimeout: 20,
  /** Bytes of data channel messages that may wait for one slow receiver; more are dropped. */
  dataBacklogBytes: 256 * 1024,
  /** Audio comes without asking, so what one peer can be made to receive needs a bound of ours. */
  maxAudioConsumers: 200,
  /** How long a client may leave a republished stream without a packet before the old one goes anyway. */
  replaceTimeout: 5_000,
  /** Past this somebody who published is not seen or heard, and operators should know. */
  firstPacketTimeout: 10_000,
  /** From the first packet of a new generation to closing the old: receivers set the new one up meanwhile. */
  replaceGrace: 1_000,
  /**
   * From the first packet of a stream that goes to a receiver another way to closing the way before, where the last
   * packets may come later than the first ones here, if the client does not say sooner that it shows the new one
   * (`consumer_shown`). With a video it waits for up to 2,250 ms after the first frame, while the new one falters.
   */
  switchGrace: { audio: 1_000, video: 3_000 },
  /** Before a stream that could not be had (relay down, worker slow) is tried again. */
  consumeRetry: 1_000,
  /** How often a publisher hears at most how its stream arrives: it shows an icon, it does not steer an encoder. */
  scoreInterval: 1_000,
  /**
   * The others hear how it stands when this long has passed since it changed: what is over by then was a spike, and of a
   * stream that has just begun its layers have come.
   */
  arrivalSettle: 2_000,
  /** A key frame serves everybody who waits for one; one per second and source bounds what receivers can cause. */
  keyFrameRequestDelay: 1_000,
} as const;

export const STANDBY = {
  /**
   * Microphones of others that a standby prepares to receive, the loudest first, when there are more: more at once
   * cannot be told apart, and each that comes from a third node is sent to this one for it.
   */
  microphones: 12,
  /**
   * How long somebody who has just become active waits for those who are lost together with them to come by what they
   * have prepared here, before their old streams are fetched: those may be alive, if only one client lost its way.
   */
  patience: 500,
  /**
   * How long pictures wait for those who come from the same node, so that one key frame does for all: a warning to
   * them and their coming takes a round trip to people nearby. Longer would be felt by whoever comes alone.
   */
  gatherFor: 80,
  /** For so long those who come one after the other come for the same reason: they are warned once, and not awaited again. */
  exodus: 1_000,
  /**
   * Bounds of what the bandwidth estimation of a standby begins from, bits per second: below, no picture; above,
   * what a client claims is not believed.
   */
  minBitrate: 1_000_000,
  maxBitrate: 10_000_000,
  /**
   * From when it is in use, the estimate stays above this part of what the client got elsewhere, for so long: until
   * enough has been acknowledged for it to know better. Not above: it has only just been shown to be there. Milliseconds.
   */
  floorShare: 1,
  floorFor: 3_000,
  /** mediasoup takes no floor below, bits per second. */
  lowestFloor: 30_000,
} as const;

export const PUBLISH = {
  /**
   * A video that was at another node before is not sent until somebody here can take it, or until this has passed:
   * longer than setting up takes, and who comes later waits for a key frame anyway.
   */
  startWithin: 500,
  /**
   * A layer that nobody watches is encoded for this much longer: who pages back finds it there, and an encoder that
   * starts costs a key frame.
   */
  lowerAfter: 5_000,
  /** Between two changes of what flows of a video: clients look every 500 ms, and each asks a worker for each receiver. */
  flowInterval: 250,
} as const;

export const VIDEO = {
  /** Videos that flow to one receiver at once: more than a laptop decodes, and than anybody looks at. */
  lastN: 25,
  /** mediasoup's consumer priorities: bandwidth goes to the highest first. What is in the grid shares what is below. */
  priority: { pinned: 255, screen: 200, activeSpeaker: 150, grid: 100 },
  /** Cameras get at most so many lines beside a shared screen: the bits belong to what is read. */
  besideScreen: 360,
  /** Up to this height on screen half of the frames do; nobody follows a gesture in a strip of thumbnails. */
  thumbnail: 120,
  /**
   * A receiver whose path does not carry the layer it is to have counts as one for a lower layer, too, after this:
   * beyond the flicker while a bandwidth estimate rises.
   */
  shortAfter: 1_000,
  /**
   * How long the first receivers of a video wait for one another, so that one key frame does for all: beyond the
   * difference between clients that set up the same stream, and short against the second until the next key frame.
   */
  gatherFor: 200,
  /**
   * A video that is not shown any more is paused at once and closed after this: people page back and forth, and
   * resuming costs a key frame, a new consumer a negotiation as well. Not longer, since a relayed one is still sent
   * to this node.
   */
  spareFor: 5_000,
} as const;

export const DEGRADATION = {
  /** Loss above which only 720p, only 360p at half the frames, only audio makes sense. */
  above: [0.02, 0.05, 0.1],
  /** A step counts as got over below this part of the loss that led to it. */
  recovered: 0.5,
  /** How long it must have been: three reports of a client. Doubled each time that going up brings the loss back. */
  hold: 10_000,
  maxHold: 80_000,
  /** Loss that comes this soon after going up came because of it. */
  relapse: 15_000,
} as const;

/** Levels in dBov, −127 to 0 (RFC 6464). */
export const SPEAKERS = {
  /** How often levels are averaged, and how often at most anything about them is sent: as fast as a ring can follow. */
  interval: 250,
  /** Speech is at −20 to −50; what is left of a room behind a browser's noise suppression lies below −60. */
  audible: -60,
  silence: -127,
  /** Part of the way to a higher level that is gone in one interval: a single click does not look like speech. */
  rise: 0.6,
  /** dB a level falls in one interval at most: from speech to silence takes longer than the gap between words. */
  fall: 12,
  /** How long somebody must have been the loudest to come to the front; shorter makes pictures flicker. */
  dominance: 500,
  /** Participants of one router whose levels are looked at; the louder ones, by mediasoup's own order. */
  measured: 20,
  /** Participants of this node that the others hear of: more at once cannot be told apart. */
  relayed: 5,
  /** dB; smaller changes cannot be seen on a ring, and are no news to clients. */
  step: 3,
} as const;

export const DATA = {
  /**
   * Messages and bytes of one channel: at once, and per second from then on. Pointers and strokes send 30 messages a
   * second. mediasoup has no such bound, so counters are read, and who is over it is closed.
   */
  burst: { messages: 400, bytes: 512 * 1024 },
  perSecond: { messages: 100, bytes: 128 * 1024 },
  /** Payload protocol identifiers of RFC 8831 §8: string, binary, and each of them empty. */
  ppids: [51, 53, 56, 57],
  /** How often the counters of channels that are open here are read. */
  sample: 1_000,
  /** Channels one peer receives; SCTP has 1,024 streams in an association (RFC 8832 leaves two ids per channel). */
  maxConsumers: 500,
  /** Channels one node may offer another for one meeting. */
  maxRelayed: 4_000,
  /**
   * What goes to one other node at once, and per second; more is dropped. Well below what the link may carry
   * (RELAY.perSecond, RELAY.maxBacklogBytes), since streams are agreed on over the same socket.
   */
  relayBurst: { messages: 2_000, bytes: 1024 * 1024 },
  relayPerSecond: { messages: 1_000, bytes: 1024 * 1024 },
} as const;

export const AUTHORISATION = {
  /** The room learns of a joiner beside the node, so a state this much newer than a hello must know them. */
  roomGrace: 5_000,
  /** How long before the authorisation runs out the client is asked for a new token. */
  renewBefore: 30_000,
} as const;

export const TOKENS = {
  /** One request to the edge; joins wait for it when a key is new. */
  jwksTimeout: 3_000,
  /** At most one refetch per this for key ids nobody knows, whatever arrives. */
  jwksCooldown: 5_000,
  jwksMaxAge: 600_000,
  /** Seconds by which clocks of edge and node may differ. */
  clockTolerance: 5,
} as const;

export const SFU = {
  /** A request to a mediasoup worker. They answer in about a millisecond; one that does not is ill. */
  workerTimeout: 5_000,
  /** A worker that dies is started again at once, if it lived this long or died for the first time. */
  workerGoodLife: 60_000,
  /** Else after a delay that doubles, so that one that cannot live does not spin. */
  workerRestartMin: 500,
  workerRestartMax: 30_000,
  /** How long joins wait while there is no worker at all. One starts in some 100 ms. */
  workerWait: 3_000,
  /** A stream drawn from another worker that nobody here watches any more is kept this long; making it anew is quick. */
  pipeLinger: 2_000,
  /** How long a meeting that was granted by the cell, or was left by its last peer, is kept ready. */
  meetingHold: 30_000,
  /** How often meetings are looked through for ones that nobody wants any more. */
  sweep: 5_000,
  maxMeetings: 2_000,
  /**
   * Of each RTC socket, where the system allows it (net.core.rmem_max, wmem_max). Linux's own 208 KiB hold some 90
   * packets: a worker that is held up for 20 ms loses what comes after.
   */
  socketBufferBytes: 4 * 1024 * 1024,
} as const;

/** Which worker of the node somebody new is put on. */
export const PLACEMENT = {
  /** Share of a core at which a worker counts as full: what is left is for bursts and key frames. */
  fullCpu: 0.7,
  /** What a participant costs before there are streams (ICE, RTCP, and what will come), in streams. */
  streamsPerSeat: 4,
  /** How much fuller a worker the meeting is on may be before a worker more is worth its pipes. */
  together: 0.1,
} as const;

export const RELAY = {
  /** Asking another node: welcome, or the parameters of a stream. */
  requestTimeout: 5_000,
  /** The longest wait between two dials of a neighbour: a region hears nothing of the next until then. */
  redialMax: 1_000,
  /** A pulled stream that nobody watches any more is kept this long: people page back and forth. */
  demandLinger: 5_000,
  /**
   * A stream that is carried thin goes to full when several of its layers have been watched for this long: when a
   * layout changes, receivers follow one another within some 100 ms.
   */
  toFullAfter: 1_000,
  /** And back when one has been for this long: each change costs every receiver a new consumer. */
  toThinAfter: 10_000,
  /** Of a new feed of a stream: how long its first packet may take, a key frame with video. */
  switchTimeout: 5_000,
  /** A feed that gave nothing is tried again after this. */
  switchRetry: 5_000,
  /** How long a new feed is held for receivers to come over to it: they need a few turns of the loop. */
  switchHold: 2_000,
  /**
   * What the topology does not want any more goes on for this long. New links need a round trip for socket, path and
   * key frame each; nothing is cut meanwhile.
   */
  handover: 3_000,
  /** A thin relay sends a lower layer when the higher has not been watched for this long. */
  lowerAfter: 5_000,
  /** Path and streams survive the loss of their socket this long: unknown is not lost. */
  socketGrace: 10_000,
  /** After a reconnect, streams the other side has not announced again by then are gone. */
  resync: 2_000,
  /** How often a neighbour is asked for a sign of life. A hub of 50 links hears 100 questions a second. */
  pingInterval: 500,
  /**
   * Without message or packet from a neighbour for this long it counts as silent: two answers missed, beyond what a
   * path of 300 ms that has lost a packet takes.
   */
  silentAfter: 1_500,
  /** As long as it is, that is told of so often: a cell that has just started counts no heartbeats for 10 s. */
  silentAgain: 5_000,
  /**
   * The room has been away for so long when nodes see by themselves to the loss of a neighbour. A redeploy is mostly over
   * by then, and what they find out is what the room would.
   */
  repairAfter: 1_000,
  /**
   * A room that is back wants the links it has wanted before, until it knows who is lost: its cell counts no heartbeats in
   * the first 10 s after a start. What nodes have repaired meanwhile stays for so long, unless the room wants other links.
   */
  repairKept: 30_000,
  /** A node that wants no link may not know yet that the room is away: links without a word are found out after 15 s. */
  refusedFor: 10_000,
  /** Feeds of one stream to one neighbour: the one in use, the one that takes over, and what was given up on the way. */
  maxFeeds: 4,
  /** Streams one node may announce for one meeting. */
  maxStreams: 4_000,
  /** Frames from one node at once, and per second. */
  burst: 10_000,
  perSecond: 2_000,
  maxBacklogBytes: 4 * 1024 * 1024,
  idleTimeout: 32,
} as const;

export const LINK = {
  handshakeTimeout: 5_000,
  /** Keep-alive; a link silent for longer than interval + timeout is dialled anew. */
  pingInterval: 10_000,
  pongTimeout: 5_000,
  /** Reconnects: full jitter between the two, doubling. A cell of 250 nodes that comes back hears 250 dials a second. */
  backoffMin: 100,
  backoffMax: 2_000,
  /** A node has a link for each of its meetings, and all of them are away when the edge is: so many of its dials a second. */
  roomDialsPerSecond: 100,
  maxBacklogBytes: 4 * 1024 * 1024,
} as const;

export const ENROLMENT = {
  timeout: 10_000,
  /** A machine may be up before its network is, or before the control plane is. */
  backoffMin: 250,
  backoffMax: 10_000,
} as const;

export const DRAIN = {
  /**
   * Rooms get this long to move the people of a node that is to be empty and stays; then they are asked again. They move
   * one every 1.5 s, and faster where that would take more than half of this, so it is enough for a full node.
   */
  round: 600_000,
} as const;

/** When a node says that it can take people (`/readyz`). */
export const READINESS = {
  /** A cell that is deployed anew is back within this; one that stays away cannot send anybody here. */
  cellGrace: 10_000,
  /** 99th percentile of the event loop's delay, milliseconds. Joins take some ten turns of the loop. */
  maxLoopDelay: 200,
} as const;

export const TLS = {
  /** How often the files are looked at for a renewed certificate. */
  check: 60_000,
} as const;

export const LOAD = {
  /** Reading the counters of every transport costs a message to the worker each. */
  trafficSample: 5_000,
  loopDelayResolution: 10,
  /** A heartbeat waits no longer for a worker: a node that is silent for 2 s is suspected dead. */
  workerAnswer: 300,
} as const;

/** From the end of the drain to exit. Supervisors and tests count on it. */
export const SHUTDOWN_TIMEOUT = 1_200;
