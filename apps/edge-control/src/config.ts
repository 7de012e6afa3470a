/** Every threshold of the control plane outside the room, with its reason. */
export const CONFIG = {
  cell: {
    /** Four heartbeats fit into `silentAfterMs`, so one lost packet is not taken for a death. Milliseconds. */
    heartbeatMs: 500,
    /** Longer silence than this and nobody new is sent to the node; it is evidence of its death. Milliseconds. */
    silentAfterMs: 2_000,
    /**
     * After a restart of the cell itself, silence says nothing about a node: its frames were lost with the old
     * instance. Until then connected nodes are placed by the load they last told. Milliseconds.
     */
    bootGraceMs: 10_000,
    /**
     * How long a report of media loss or relay silence speaks against a node. Those who reported have gone elsewhere
     * and cannot say it twice; longer would let one of yesterday's faults help to condemn it today. Milliseconds.
     */
    reportLifeMs: 30_000,
    /** Of a node's meetings, the part that must report media loss before it is evidence. */
    lossShare: 0.2,
    /** Reporters of one kind who make a node suspect whose heartbeats come: one may have lost its own path. */
    aloneAtLeast: 2,
    /** Reporters that are remembered of each node and kind; beyond it the oldest goes. */
    maxReporters: 100,
    /**
     * Nodes that fall silent within this of each other do so together, and it is the cell that is ill. A rack that
     * dies together is judged after it. Milliseconds.
     */
    togetherMs: 10_000,
    /** More than this part of the nodes at once means that the cell is ill. */
    illFraction: 0.2,
    /** One node is never "together", however few there are. Nodes. */
    illAtLeast: 2,
    /** Returns are remembered for this long. Milliseconds. */
    flapWindowMs: 10 * 60_000,
    /** A cable is pulled once; whatever happens twice in the window will happen again. Returns. */
    flapFree: 1,
    /** A node that keeps coming back gets nobody for so long, doubled with each further return. Milliseconds. */
    steadyMs: 30_000,
    steadyMaxMs: 5 * 60_000,
    /** Returns that are remembered of each node: with so many it is at `steadyMaxMs` for long. */
    maxReturns: 10,
    /** Of CPU and bandwidth. Above, packets wait; what is left is for key frames and for those who are moved here. */
    fullAbove: 0.9,
    openBelow: 0.8,
    /** Weight of the newest of two heartbeats a second: figures follow within some five seconds. */
    smoothing: 0.1,
    /**
     * What a standby takes of a place. Those prepared for one node come from many others, of which one failure
     * domain is lost at a time.
     */
    standbyWeight: 0.25,
    /** A node that has gone is known for so long: to operators, and to rooms that ask about it. Milliseconds. */
    forgetAfterMs: 24 * 3_600_000,
    /** Until a machine that was ordered together with its secret is up; short, as secrets lie about. Milliseconds. */
    enrolmentMs: 3_600_000,
    /** A client that has its answer comes within a second or two; a slow phone within this. Milliseconds. */
    reservationMs: 15_000,
    /** What one object can hear twice a second with room to spare. Nodes. */
    maxNodes: 250,
    /** Nodes it remembers, those included that have gone for good: a region whose nodes are replaced every day. */
    maxKnown: 500,
    /** How long a node is said to have a meeting after somebody was last sent there. No meeting is longer. Milliseconds. */
    hostedMs: 2 * 24 * 3_600_000,
    /** Between two looks for what is too old. Milliseconds. */
    forgetHostedEveryMs: 3_600_000,
    /** Sockets beyond the nodes: those of nodes that reconnect before the old one is noticed to be gone. */
    maxSockets: 500,
    /** Of them, those of one node that have not registered: it gives one up after seconds and opens the next. */
    maxSilent: 4,
    /** A node registers with its first frame; a socket that has not by then is closed. Milliseconds. */
    registerWithinMs: 5_000,
    /**
     * Token bucket of a node: two heartbeats a second and what a reconnect brings are far below it, and one that has
     * gone mad must not drown the others' heartbeats. Frames, and frames per second.
     */
    linkRate: { burst: 200, perSecond: 20 },
    /** A socket without heartbeats for so long leads nowhere; the node dials anew when it can. Milliseconds. */
    deadLinkMs: 60_000,
    /** Between two reports of an unchanged state; well under `directory.staleAfterMs`. Milliseconds. */
    reportEveryMs: 2_000,
    /** Finds silent nodes when no heartbeat is there to look. Milliseconds. */
    sweepEveryMs: 5_000,
    /** A report is repeated anyway, so waiting longer gains nothing. Milliseconds. */
    reportTimeoutMs: 2_000,
  },
  directory: {
    /** Three sweeps of a cell missed: the cell is gone or cut off. Milliseconds. */
    staleAfterMs: 15_000,
    /** Rows are written at most this often per cell; a restart then starts from a picture this old. Milliseconds. */
    persistEveryMs: 10_000,
    /** A region that was taken down disappears from storage. Milliseconds. */
    forgetAfterMs: 24 * 3_600_000,
  },
  placement: {
    /** Cells asked one after another; a fourth would exceed what a joiner waits for. */
    maxAttempts: 3,
    /** The snapshot of an isolate; node state within a region is the cell's business, so this may be old. Milliseconds. */
    snapshotMs: 10_000,
    /** While no region has a free place, so that the first node to come is seen at once. Milliseconds. */
    emptySnapshotMs: 500,
    /** With the directory unreachable, an old picture is better than none for this long. Milliseconds. */
    staleSnapshotMs: 300_000,
    /** The directory answers from memory; slower means that it cannot be reached. Milliseconds. */
    snapshotTimeoutMs: 2_000,
    /** A cell answers from memory. Three attempts stay below a joiner's patience. Milliseconds. */
    reserveTimeoutMs: 1_500,
    /** A cell that did not answer is passed over for so long: it would have to be back in the meantime. Milliseconds. */
    awayMs: 5_000,
  },
  room: {
    /** A join is one transaction in the room plus signing; includes starting the object far away. Milliseconds. */
    rpcTimeoutMs: 5_000,
    /** Until the room has accepted or refused a socket. Milliseconds. */
    upgradeTimeoutMs: 5_000,
  },
  turn: {
    /**
     * A TURN server asks for the expiry only when an allocation is made: one that exists goes on. So it matters to
     * those who restart ICE late in a meeting. Twice a ticket's life (12 h): who can still come back to their place
     * has credentials that work, and who cannot gets new ones with the next join. Seconds.
     */
    credentialSeconds: 24 * 3_600,
  },
  storage: {
    /** One indexed query over HTTPS; includes the wake-up of a sleeping database. Milliseconds. */
    queryTimeoutMs: 4_000,
    /** A batch of the queue consumer: hundreds of rows in one transaction. Milliseconds. */
    batchTimeoutMs: 15_000,
    /** Timeouts in a row after which the database is left alone; one alone may be chance. */
    breakerFailures: 5,
    /** Long enough to let a restarting database breathe, short enough to go unnoticed after. Milliseconds. */
    breakerRestMs: 5_000,
    /** KV answers in milliseconds, or the database is asked. Milliseconds. */
    cacheTimeoutMs: 1_000,
    /**
     * A cached meeting older than this is read again behind the answer: a change that never reached the cache is
     * unseen for no longer than that and one join. Milliseconds.
     */
    cacheFreshMs: 60_000,
    /** Meetings of which an isolate remembers when it has read them again; beyond it the oldest goes. */
    maxRefreshed: 10_000,
    /** How long a known meeting can be joined with the database down, from its last change. Seconds. */
    cacheTtlSeconds: 30 * 24 * 3_600,
    /** 10¹¹ codes: with 10⁸ meetings one try in a thousand collides, five in a row never do. */
    codeAttempts: 5,
  },
  secrets: {
    /**
     * Meeting passwords are short and typed by people, so guessing must be dear: scrypt with 16 MiB and five
     * passes is OWASP's choice for little memory (an isolate has 128 MiB), about a tenth of a second.
     */
    password: { N: 2 ** 14, r: 8, p: 5 },
    /** A host key has 160 random bits; no cost makes guessing it harder, so it only must not be stored in clear. */
    hostKey: { N: 2 ** 10, r: 8, p: 1 },
    /** Bytes of the salt: collisions never happen (RFC 7914 leaves it open; NIST SP 800-132 asks for 16). */
    saltBytes: 16,
    /** Bytes of the hash. */
    hashBytes: 32,
    /** Bytes of a host key. */
    hostKeyBytes: 20,
    /** Characters of a generated password: 10 of 32 are 50 bits, and can be read out over the phone. */
    passwordLength: 10,
  },
  http: {
    /** The largest body is a meeting with all its settings; nothing legitimate comes near this. Bytes. */
    maxBodyBytes: 64 * 1024,
    /** The period of the rate limits in wrangler.toml, told to those over it. Milliseconds. */
    rateLimitPeriodMs: 60_000,
    /** Addresses that guessed too often, remembered by each isolate; beyond it the oldest goes. */
    maxBlockedGuessers: 10_000,
    /** When the fleet is full: nodes come up in minutes, people leave in seconds. Milliseconds. */
    noCapacityRetryMs: 5_000,
    /** When a part of the platform does not answer. Milliseconds. */
    overloadedRetryMs: 2_000,
    /** A change made on top of another that came in between: two attempts more than anybody ever needs. */
    updateAttempts: 3,
  },
  idempotency: {
    /** A client that has not come back within a day has given up. Milliseconds. */
    keepMs: 24 * 3_600_000,
    /**
     * Nothing that is carried out takes this long (each call that leaves the Worker has its own timeout), so who
     * claimed a key before that is gone. Milliseconds.
     */
    claimMs: 60_000,
    /** When a request with the same key is being carried out. Milliseconds. */
    busyRetryMs: 1_000,
    /** The record of a key answers from its memory. Milliseconds. */
    timeoutMs: 3_000,
  },
  session: {
    /**
     * A cookie older than this is renewed, and the session looked up in Postgres: so nobody goes on after a
     * revocation for longer, even where KV fails. Milliseconds.
     */
    renewAfterMs: 15 * 60_000,
    /** After so long even somebody who comes every day proves again who they are. Milliseconds. */
    maxAgeMs: 90 * 24 * 3_600_000,
    /** Rows of sessions that are over: for looking into what happened. Milliseconds. */
    keepEndedMs: 30 * 24 * 3_600_000,
  },
  oidc: {
    /** Each request to the provider: a person waits, and providers answer within a second. Milliseconds. */
    requestTimeoutMs: 5_000,
    /** The largest documents of known providers are under 20 kB. Bytes. */
    maxResponseBytes: 256 * 1024,
    /** Providers move their endpoints by announcement, months ahead. Milliseconds. */
    discoveryMs: 3_600_000,
    /** With the provider's document unreachable, an old one is better than none for so long. Milliseconds. */
    staleDiscoveryMs: 24 * 3_600_000,
    /** Keys are fetched again after this; at once, but for the cooldown, when an ID token names an unknown one. Milliseconds. */
    jwksMs: 600_000,
    /** Between two fetches because of unknown keys, which anybody can make up. Milliseconds. */
    jwksCooldownMs: 30_000,
    /** By how much a provider's clock may differ. Seconds. */
    clockToleranceSeconds: 30,
  },
  operators: {
    /** A cell answers from memory; an operator sees the others when one does not. Milliseconds. */
    timeoutMs: 3_000,
    /** Rooms told at once of a node that was revoked: a Worker has six connections, and the rest would wait. */
    roomsAtOnce: 6,
    /** Times that a room is told which does not answer: one that is redeployed or moved answers the next time. */
    tellAttempts: 2,
  },
  nodeKeys: {
    /** What an isolate remembers of a node's key: a revocation takes effect within this. Milliseconds. */
    cacheMs: 30_000,
    /** Keys an isolate remembers; beyond it the oldest goes. A colo is near a few regions. */
    maxCached: 2_000,
    /** Directory and cell answer from memory. Milliseconds. */
    timeoutMs: 2_000,
  },
  apiKeys: {
    /** What an isolate remembers of a key: a revocation takes effect within this. Milliseconds. */
    cacheMs: 10_000,
    /** Keys an isolate remembers; beyond it the oldest goes. */
    maxCached: 10_000,
    /** `last_used_at` is for people who look for forgotten keys. Milliseconds. */
    usedEveryMs: 60_000,
  },
  partitions: {
    /** Of chat messages; a trigger that fails has until then to be noticed. Months. */
    monthsAhead: 3,
  },
  queue: {
    /** First repetition when Postgres does not answer; doubles from there. Seconds. */
    retryBaseSeconds: 2,
    /** A database is back within minutes or after an operator's work. Seconds. */
    retryMaxSeconds: 300,
    /** A message that failed so often may be the reason itself: it and its companions are then written apart. Tries. */
    separateAfter: 4,
    /** Ten columns each stay far below the 65,535 parameters of a statement. Rows. */
    rowsPerStatement: 1_000,
    /** A queue accepts in milliseconds, or the message is tried again as a whole. Milliseconds. */
    deadLetterTimeoutMs: 5_000,
    /** A room that does not confirm keeps its rows and sends them again; nothing is lost. Milliseconds. */
    confirmTimeoutMs: 3_000,
  },
} as const;
