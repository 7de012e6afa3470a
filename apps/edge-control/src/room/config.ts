/** Every threshold of the room, with its reason and unit. */
export const ROOM = {
  session: {
    /** Nobody is there: long enough that a host whose laptop slept returns to the same session. Milliseconds. */
    emptyGraceMs: 60_000,
    /** Late resumes are told that the meeting ended, late confirmations find their rows. Milliseconds. */
    deleteAfterMs: 2 * 3_600_000,
    /** Deletion waits for Postgres: what people wrote must not be lost to an outage. Milliseconds. */
    deleteRetryMs: 15 * 60_000,
    /** Queues and databases are repaired within days; beyond this the rows are given up, loudly. Milliseconds. */
    keepUnconfirmedMs: 7 * 24 * 3_600_000,
    /** A node that was told the end has this long to say so before its link is closed anyway. Milliseconds. */
    linkFarewellMs: 10_000,
    /**
     * Rounds of this length renew the relay grants of a meeting's nodes, which live an hour, so one failure is
     * repaired in time; and they look for standbys that could not be had. A round writes no row; that its alarm is
     * set anew, the runtime notes. Milliseconds.
     */
    roundMs: 30 * 60_000,
  },
  participant: {
    /** From the answer to POST /join to `join` on the socket; covers a permission prompt for the camera. Milliseconds. */
    admissionMs: 60_000,
    /** A socket that comes back faster is a blip: others are shown nothing. Milliseconds. */
    blipMs: 2_000,
    /** A participant whose socket is gone keeps the place this long (architecture §5). Milliseconds. */
    graceMs: 30_000,
    /** Told to those refused because the room is full: people leave in seconds to minutes. Milliseconds. */
    fullRetryMs: 30_000,
    /** Media gone and no ping for this long are two kinds of evidence; a page in the background pings once a minute. Milliseconds. */
    silenceMs: 150_000,
  },
  door: {
    /** Who has not been let in after so long is not expected any more. Milliseconds. */
    waitMs: 30 * 60_000,
    /** Between two tries to let in those whom nothing keeps but full nodes. Milliseconds. */
    retryMs: 10_000,
    /** Places asked for at once: admitting a full waiting room must not take cells by storm. */
    parallel: 8,
  },
  move: {
    /** A client that was told of another node connects within seconds, over a bad network too. Milliseconds. */
    arriveMs: 30_000,
    /** A drained node stays in the mesh until its last streams have been replaced everywhere. Milliseconds. */
    lingerMs: 5_000,
    /**
     * Between two participants of a draining node: everybody negotiates with whoever moves, and for three seconds after
     * they have arrived has their streams twice; one is over before the next begins. Milliseconds.
     */
    gapMs: 4_000,
    /**
     * Between two who get another standby than a draining node: each negotiates a whole session, which everybody's at once
     * would be a burst for devices and nodes. The node is up meanwhile, and stands by. Milliseconds.
     */
    standbyGapMs: 1_000,
    /** A new try when no node has a place for any of them. Milliseconds. */
    retryMs: 5_000,
    /** From one for whom there is no place to the next, at least: a full fleet is not stormed. Milliseconds. */
    stuckGapMs: 200,
    /**
     * A client asks when its node is gone, and says when it has gone over: some nodes one after another must not stop
     * it, since whoever is refused has no media. Requests, per second.
     */
    rate: { burst: 8, perSecond: 1 / 5 },
    /** Whoever is still on a lost node is moved within this; most have gone over by themselves. Milliseconds. */
    lostMs: 4_000,
    /** A node that somebody could not reach is not given to them again for so long; then it may be back. Milliseconds. */
    avoidMs: 120_000,
    /**
     * Who has ended up farther away than before is brought back near after this: the failure is over by then, and
     * nodes that could not be reached are tried again. Milliseconds.
     */
    homeAfterMs: 180_000,
    /** So much farther away is worth another move: 1,000 km are 15 ms of round trip. Kilometres. */
    homeGainKm: 1_000,
    /** Nodes remembered so for each participant: more do not fail within that time. */
    maxAvoided: 4,
  },
  standby: {
    /** A new try when no node is to be had, doubling from there; after the last one, rounds try. Milliseconds, tries. */
    retryMs: 10_000,
    maxRetries: 5,
    /** Standbys named to clients at once: each takes a signature. */
    parallel: 50,
  },
  tier: {
    /**
     * Up to so many everybody is prepared whole: in a small meeting each missing voice is noticed. A hot standby costs
     * a second set of transports and paused consumers of what is shown, which at six are few. Participants.
     */
    smallUpTo: 6,
    /** Somebody who comes and goes at the border must not make everybody prepare and let go. Participants. */
    smallSlack: 2,
    /**
     * Beyond so many, listeners have no standby: each keeps two transports alive on a node they are not at, and a gap
     * of a second in front of a stage is bearable. Participants.
     */
    largeFrom: 300,
    largeSlack: 30,
  },
  evidence: {
    /** Further reports of the same say nothing new to the cell; it keeps the latest for longer. Milliseconds. */
    repeatMs: 1_000,
    /** A participant so close to a node shares no way between regions with those far off. Kilometres. */
    nearKm: 1_000,
    /** Missed heartbeats count after 2 s: a verdict that was not yet `lost` is asked for again after this. Milliseconds. */
    askAgainMs: 2_500,
    /** A cell answers from memory. Milliseconds. */
    timeoutMs: 2_000,
  },
  placementLog: {
    /** Two per participant of the largest usual meeting; with all candidates a few kilobytes each. Decisions. */
    maxKept: 400,
  },
  hostKey: {
    /** Typing errors pass; guessing 160 bits is hopeless at any rate, so this only spares the CPU. Tries, per second. */
    participantRate: { burst: 3, perSecond: 1 / 30 },
    meetingRate: { burst: 20, perSecond: 1 / 10 },
  },
  /** A burst of applause passes. Reactions, and reactions per second. */
  reactionRate: { burst: 5, perSecond: 1 },
  socket: {
    /** A client sends `join`, `resume` or `node_hello` as soon as the socket is open. Milliseconds. */
    firstMessageMs: 5_000,
    /**
     * Sockets of one participant that have said nothing yet. A client gives one up after 8 s and opens the next, and
     * an edge that starts slowly answers all of them at once. Sockets.
     */
    maxSilent: 4,
    /** Frames of one socket waiting for an earlier one that mints a token; a client waits for its answers. */
    maxWaiting: 32,
    /** Frames that no version of the client would send, until the socket is closed. */
    maxMalformed: 5,
    /** Requests refused by the bucket, until the socket is closed: forty times the sustained rate. */
    maxRefusals: 200,
    /** Clients whose rate is remembered; beyond it those that are calm are forgotten. Twice the largest meeting. */
    maxRemembered: 2_000,
    /** A page in the background still pings once a minute; silence this long is a dead connection. Milliseconds. */
    silentMs: 5 * 60_000,
  },
  /** Token bucket of a client: a burst of clicks passes, a script does not. Requests, and requests per second. */
  clientRate: { burst: 20, perSecond: 5 },
  /** Token bucket of a node: a region that reconnects reports a thousand peers at once. Messages, per second. */
  nodeRate: { burst: 4_000, perSecond: 500 },
  events: {
    /** What a resume can catch up with; the size of one `batch`. */
    maxEvents: 5_000,
    /** Far beyond the grace, so the number above is what counts in a busy meeting. Milliseconds. */
    maxAgeMs: 10 * 60_000,
    /** The log is trimmed once in so many events: one cheap range delete instead of one per event. */
    trimEvery: 100,
    /** Joins and leaves of so short a while go out in one frame: a mass join costs O(N) per batch. Milliseconds. */
    coalesceMs: 100,
    /** A batch goes out early at this size. Events. */
    coalesceMax: 200,
  },
  chat: {
    /**
     * Messages kept for joiners and for recognising resends: ten backlogs, so that private messages of others do
     * not crowd out what one recipient may see.
     */
    maxKept: 2_000,
    /** Rows are trimmed once in so many messages. */
    trimEvery: 50,
  },
  outbox: {
    /** Gathers what belongs together, and Postgres still follows within a second. Milliseconds. */
    flushAfterMs: 200,
    /** First repetition of what was not confirmed: a consumer takes seconds. Doubles from there. Milliseconds. */
    resendAfterMs: 15_000,
    /** Postgres is being repaired; its return is noticed within this. Milliseconds. */
    resendMaxMs: 5 * 60_000,
    /** Rows in one queue message. */
    batchRows: 400,
    /** A queue message may have 128 KB (Cloudflare Queues); some of it is envelope. Bytes of JSON. */
    batchBytes: 96 * 1024,
    /** The queue accepts in milliseconds, or it is down. Milliseconds. */
    sendTimeoutMs: 10_000,
    /** With Postgres down for this many rows, new chat is refused: durable here is worth nothing if it never leaves. */
    maxRows: 500_000,
  },
  mesh: {
    /** A node dials within a second and redials with jitter; one without a link for longer gets nobody new. Milliseconds. */
    linkMissingMs: 10_000,
    /** A node nobody is attached to leaves the mesh: long enough for its last participant to come back. Milliseconds. */
    idleNodeMs: 5 * 60_000,
    /** The node was told of the meeting before the client's join got here; then it waits. Milliseconds. */
    awaitMeshMs: 30_000,
    /** Several changes of one moment are one desired state. A removal has to take effect within 500 ms. Milliseconds. */
    publishAfterMs: 20,
    /** A grant of this age is replaced: they live an hour. Less than a round, so that each round renews. Milliseconds. */
    renewGrantsMs: 25 * 60_000,
  },
  timers: {
    /** A timer whose work failed is tried again after this. Milliseconds. */
    retryMs: 10_000,
    /** Timers worked through in one alarm; the rest follow at once in the next, so that requests get their turn. */
    perAlarm: 500,
    /** Of those whose work asks cells or the queue, so many at once: one that hangs must not hold up the others. */
    parallel: 8,
  },
  tokens: {
    /** Revocations outlive the last token by more than any clock of ours is off. Milliseconds. */
    revocationMarginMs: 10_000,
  },
} as const;
