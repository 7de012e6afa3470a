import { EventEmitter } from 'node:events';
import { CLOSE, type CloseCode, type MediaClaims, MeridianError, type roomLink } from '@meridian/protocol';
import { RELAY, SFU } from '../config.ts';
import { DataDirectory } from '../data/data-directory.ts';
import type { Config } from '../env.ts';
import type { NodeIdentity } from '../fleet/node-identity.ts';
import { reconcile } from '../fleet/reconcile.ts';
import { RoomLink } from '../fleet/room-link.ts';
import type { Logger } from '../logger.ts';
import type { NodeObserver } from '../metrics/observer.ts';
import { RelayMesh } from '../relay/relay-mesh.ts';
import { MeetingSpeakers } from '../speakers/meeting-speakers.ts';
import { authorise, type RoomKnowledge } from './authorisation.ts';
import { Exodus } from './exodus.ts';
import { MeetingRouters } from './meeting-routers.ts';
import { isWanted } from './meeting-wanted.ts';
import { type Arrival, Peer } from './peer.ts';
import { PreparedStreams } from './prepared-streams.ts';
import { StreamDirectory } from './stream-directory.ts';
import type { WorkerPool } from './worker-pool.ts';

export type MeetingOptions = {
  id: string;
  config: Config;
  identity: NodeIdentity;
  bootId: string;
  roomUrl: string;
  /** How many rooms the node has a link to. */
  roomLinks: () => number;
  pool: WorkerPool;
  observe: NodeObserver;
  logger: Logger;
};

type MeetingEvents = {
  /** Its last participant has left. */
  empty: [];
  /** The room has let go of this node: nobody comes any more. `closed` follows. */
  dismissed: [];
  closed: [];
};

/** What this node does for one meeting: its routers, the peers attached here, the links to room and mesh. */
export class Meeting extends EventEmitter<MeetingEvents> {
  readonly id: string;
  readonly streams = new StreamDirectory();
  readonly prepared = new PreparedStreams();
  readonly data = new DataDirectory();
  readonly speakers: MeetingSpeakers;
  readonly routers: MeetingRouters;
  readonly relay: RelayMesh;
  readonly #options: MeetingOptions;
  readonly #logger: Logger;
  readonly #room: RoomLink;
  readonly #sessions = new Map<string, Set<Peer>>();
  /** Who is prepared to come here, one for each session. */
  readonly #standbys = new Map<string, Peer>();
  readonly #exodus = new Exodus(() => this.#standbys.values());
  #knowledge: RoomKnowledge = { state: null, receivedAt: 0, lostAt: null };
  /** Until when its participants should be moved away, epoch milliseconds; null when they may stay after all. */
  #drainDeadline: number | null | undefined;
  #heldUntil = 0;
  #parting: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: MeetingOptions) {
    super();
    this.#options = options;
    this.id = options.id;
    this.#logger = options.logger.child({ meeting_id: options.id });
    this.hold();
    this.routers = new MeetingRouters(options.config, options.pool);
    this.speakers = new MeetingSpeakers({
      self: options.config.NODE_ID,
      streams: this.streams,
      logger: this.#logger,
    });
    this.relay = new RelayMesh({
      meetingId: options.id,
      config: options.config,
      bootId: options.bootId,
      streams: this.streams,
      data: this.data,
      speakers: this.speakers,
      router: () => this.routers.forRelay(),
      silent: (nodeId, silent) => this.#room.relaySilent(nodeId, silent),
      logger: this.#logger,
    });
    this.#room = new RoomLink({
      config: options.config,
      identity: options.identity,
      bootId: options.bootId,
      url: options.roomUrl,
      links: options.roomLinks,
      logger: this.#logger,
    });
    this.#room.on('up', () => {
      this.#reportAll();
      for (const nodeId of this.relay.silent) this.#room.relaySilent(nodeId, true);
      if (this.#drainDeadline !== undefined) this.#room.draining(this.#drainDeadline);
    });
    this.#room.on('state', (state) => this.#apply(state));
    this.#room.on('lost', () => this.#roomLost());
    this.#room.on('ended', (code) => this.close(code, 'the room has ended'));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** All there are, standbys included. */
  get peers(): readonly Peer[] {
    return [...[...this.#sessions.values()].flatMap((peers) => [...peers]), ...this.#standbys.values()];
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  get standbyCount(): number {
    return this.#standbys.size;
  }

  get wanted(): boolean {
    const { state, lostAt } = this.#knowledge;
    const inMesh =
      lostAt === null &&
      state?.desired.mesh.some((member) => member.node_id === this.#options.config.NODE_ID) === true;
    return isWanted(
      {
        peers: this.#sessions.size + this.#standbys.size,
        relays: this.relay.connected,
        inMesh,
        heldUntil: this.#heldUntil,
      },
      Date.now(),
    );
  }

  /** Whether a place is taken for it already. */
  has(sessionId: string, standby: boolean): boolean {
    return standby ? this.#standbys.has(sessionId) : this.#sessions.has(sessionId);
  }

  get roomLinked(): boolean {
    return this.#room.connected;
  }

  /** Asks the room to move its participants to other nodes by then, epoch milliseconds. */
  drain(deadline: number): void {
    this.#drainDeadline = deadline;
    this.#room.draining(deadline);
  }

  /** Its participants may stay after all. */
  serve(): void {
    if (this.#drainDeadline === undefined) return;
    this.#drainDeadline = null;
    this.#room.draining(null);
  }

  /** Keeps the meeting ready for somebody who is about to come. */
  hold(): void {
    this.#heldUntil = Date.now() + SFU.meetingHold;
  }

  /** Takes a participant or a standby in. The caller sends the welcome and then starts the peer. */
  async join(arrival: Arrival): Promise<Peer> {
    const { claims, standby, outlet } = arrival;
    this.#assertWelcome(claims, standby);
    const hold = await this.routers.forParticipant();
    const peer = await Peer.create({
      ...arrival,
      router: hold.router,
      streams: this.streams,
      prepared: this.prepared,
      data: this.data,
      speakers: this.speakers,
      exodus: this.#exodus,
      everybodyHere: () => this.#everybodyHere,
      room: () => this.#knowledge,
      observe: this.#options.observe,
      logger: this.#logger,
    }).catch((error: unknown) => {
      hold.release();
      throw error;
    });
    peer.once('closed', () => hold.release());
    try {
      this.#assertWelcome(claims, standby);
      // Before it takes over from a socket of the same session that may be in better health.
      if (outlet.closed) throw new MeridianError('not_joined', 'the socket is gone');
    } catch (error) {
      peer.close(CLOSE.removed, 'removed');
      throw error;
    }
    if (standby) this.#prepare(peer);
    else this.#adopt(peer);
    return peer;
  }

  close(code: CloseCode, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#parting);
    this.#logger.info({ code, reason }, 'meeting closed');
    for (const peer of this.peers) peer.close(code, reason);
    this.#exodus.close();
    this.relay.close(code === CLOSE.goingAway ? code : CLOSE.normal, reason);
    this.#room.close(CLOSE.normal, reason);
    this.speakers.close();
    this.streams.close();
    this.prepared.close();
    this.data.close();
    this.routers.close();
    this.emit('closed');
  }

  /** The room does not hear of standbys: it has named them. */
  #prepare(peer: Peer): void {
    const { sid } = peer.claims;
    this.#standbys.get(sid)?.close(CLOSE.replaced, 'replaced by a newer socket');
    this.#standbys.set(sid, peer);
    const leave = () => {
      if (this.#standbys.get(sid) === peer) this.#standbys.delete(sid);
    };
    peer.once('closed', leave);
    peer.once('activated', () => {
      leave();
      this.#adopt(peer);
    });
  }

  #adopt(peer: Peer): void {
    const { sid } = peer.claims;
    // It prepared for this, and has come otherwise.
    this.#standbys.get(sid)?.close(CLOSE.replaced, 'replaced by a newer socket');
    const peers = this.#sessions.get(sid) ?? new Set<Peer>();
    const older = [...peers];
    peers.add(peer);
    this.#sessions.set(sid, peers);
    // The last one may linger behind its successor; what lingered before that has no use any more.
    for (const predecessor of older.slice(0, -1)) predecessor.close(CLOSE.replaced, 'replaced');
    older.at(-1)?.replacedByNewer();
    peer.on('attached', () => this.#report(peer));
    peer.once('closed', () => {
      peers.delete(peer);
      if (peers.size === 0 && this.#sessions.get(sid) === peers) this.#sessions.delete(sid);
      if (this.#sessions.size > 0) return;
      this.hold();
      this.emit('empty');
    });
    this.#report(peer);
  }

  #assertWelcome(claims: MediaClaims, standby: boolean): void {
    if (this.#closed || this.#parting !== undefined) {
      throw new MeridianError('meeting_ended', 'the meeting has ended');
    }
    if (standby && [...(this.#sessions.get(claims.sid) ?? [])].some((peer) => peer.attached)) {
      throw new MeridianError('conflict', 'the participant is here');
    }
    const now = Date.now();
    const verdict = authorise({ claims, helloAt: now }, this.#knowledge, now);
    if (verdict.authorised) return;
    throw verdict.reason === 'removed'
      ? new MeridianError('removed', 'removed from the meeting')
      : new MeridianError('token_expired', 'the token has expired');
  }

  #apply(desired: roomLink.DesiredState): void {
    const state = reconcile(this.#knowledge.state, desired);
    if (state === null) {
      this.#logger.warn({ room_epoch: desired.room_epoch, version: desired.version }, 'older state ignored');
      return;
    }
    this.#knowledge = { state, receivedAt: Date.now(), lostAt: null };
    if (desired.ended) {
      this.#room.applied(desired);
      this.#dismissed();
      return;
    }
    for (const peer of this.peers) peer.roomChanged();
    this.relay.apply(desired);
    this.#room.applied(desired);
  }

  /**
   * The meeting has ended, or goes on without this node. To the node that is the same: but while nobody is attached
   * here, what passes through it for others has as long to find its new way as over any link that is given up.
   */
  #dismissed(): void {
    const end = () => this.close(CLOSE.meetingEnded, 'the meeting has ended');
    if (this.relay.connected === 0 || this.peers.some((peer) => peer.attached)) end();
    else if (this.#parting === undefined) {
      // A room that wants this node again says so to another meeting than this one.
      this.#room.close(CLOSE.normal, 'dismissed');
      this.relay.roomDone();
      this.#parting = setTimeout(end, RELAY.handover);
      this.emit('dismissed');
    }
  }

  #roomLost(): void {
    if (this.#knowledge.lostAt !== null) return;
    this.#knowledge = { ...this.#knowledge, lostAt: Date.now() };
    this.relay.roomLost();
    for (const peer of this.peers) peer.roomChanged();
  }

  #report(peer: Peer): void {
    const { sid, sub } = peer.claims;
    const others = this.#sessions.get(sid) ?? [];
    const connected = [peer, ...others].some((candidate) => candidate.attached && !candidate.closed);
    this.#room.peerState({ participantId: sub, sessionId: sid, connected });
  }

  get #everybodyHere(): boolean {
    const { state } = this.#knowledge;
    return state !== null && [...state.participants.keys()].every((sid) => this.#sessions.has(sid));
  }

  /** The room on the other end may be a new one that knows nothing of what was reported before. */
  #reportAll(): void {
    for (const peers of this.#sessions.values()) {
      const [peer] = peers;
      if (peer !== undefined) this.#report(peer);
    }
  }
}
