/** Bounds that both ends of a wire rely on. Sizes in UTF-16 units for text, bytes for frames. */
export const LIMITS = {
  displayName: 100,
  title: 255,
  password: 128,
  /** One chat message; long enough for a pasted stack trace, short enough to fan out to 1,000 people. */
  chatText: 4_000,
  /** Chat messages a joiner receives with the state; older ones are read over REST. */
  chatBacklog: 200,
  /** A frame from a client to the room. Chat text is the largest thing in one. */
  signalingFrameBytes: 32 * 1024,
  /** A frame on the media socket. Large enough for RTP parameters of a simulcast producer. */
  mediaFrameBytes: 64 * 1024,
  /** A frame between our own machines: a desired state of 1,000 participants. */
  linkFrameBytes: 1024 * 1024,
  /** Streams in one subscription; the last-N default is 25 videos. */
  subscribedStreams: 100,
  /** Speakers named in one message about levels: more than can be told apart by ear. */
  audibleSpeakers: 10,
  /** Data channels one participant may open. */
  dataChannels: 4,
  /** One message on a data channel. Cursor moves and strokes are far below; files go over HTTP. */
  dataMessageBytes: 16 * 1024,
  /** People at the door. Beyond it a joiner hears `overloaded`. */
  waiting: 500,
  /** Regions a client is told to measure: the map may be wrong on which of the nearest is best, not by more than these. */
  nearbyRegions: 4,
  /** Regions a joiner has measured round trips to: nobody has been near more. */
  roundTrips: 32,
  /** Nodes a stream may have passed on its way to another. Regions with hubs need three. */
  relayHops: 8,
  participants: 1_000,
  /** Where to go after signing in: a path of ours with its query. */
  returnTo: 1_024,
  /** `code` and `state` of an OpenID provider; the longest in use (Entra's) have some 1,500 characters. */
  callbackParameter: 4_096,
  apiKeyName: 100,
  /** Live keys of one user. One for each integration is far below this. */
  apiKeys: 100,
} as const;
