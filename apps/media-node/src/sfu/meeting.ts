import { EventEmitter } from 'node:events';
import {
  CLOSE,
  type CloseCode,
  type MediaClaims,
  MeridianError,
  type RtpCapabilities,
  type roomLink,
} from '@meridian/protocol';
import { type Config, SFU } from '../config.ts';
import { DataDirectory } from '../data/data-directory.ts';
import { reconcile } from '../fleet/reconcile.ts';
import { RoomLink } from '../fleet/room-link.ts';
import type { Logger } from '../logger.ts';
import type { NodeObserver } from '../metrics/observer.ts';
import { RelayMesh } from '../relay/relay-mesh.ts';
import { MeetingSpeakers } from '../speakers/meeting-speakers.ts';
import { authorise, type RoomKnowledge } from './authorisation.ts';
import { MeetingRouters } from './meeting-routers.ts';
import { isWanted } from './meeting-wanted.ts';
import { Peer, type PeerOutlet } from './peer.ts';
import { StreamDirectory } from './stream-directory.ts';
import type { WorkerPool } from './worker-pool.ts';

export type MeetingOptions = {
  id: string;
  config: Config;
  bootId: string;
  roomUrl: string;
  pool: WorkerPool;
  observe: NodeObserver;
  logger: Logger;
};

type MeetingEvents = {
  /** Its last participant has left. */
  empty: [];
  closed: [];
};

/** What this node does for one meeting: its routers, the peers attached here, the links to room and mesh. */
export class Meeting extends EventEmitter<MeetingEvents> {
  readonly id: string;
  readonly streams = new StreamDirectory();
  readonly data = new DataDirectory();
  readonly speakers: MeetingSpeakers;
  readonly routers: MeetingRouters;
  readonly relay: RelayMesh;
  readonly #options: MeetingOptions;
  readonly #logger: Logger;
  readonly #room: RoomLink;
  readonly #sessions = new Map<string, Set<Peer>>();
  #knowledge: RoomKnowledge = { state: null, receivedAt: 0, lostAt: null };
  /** Until when its participants should be moved away, epoch milliseconds. */
  #drainDeadline: number | null = null;
  #heldUntil = 0;
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
      logger: this.#logger,
    });
    this.#room = new RoomLink({
      config: options.config,
      bootId: options.bootId,
      url: options.roomUrl,
      logger: this.#logger,
    });
    this.#room.on('up', () => {
      this.#reportAll();
      if (this.#drainDeadline !== null) this.#room.draining(this.#drainDeadline);
    });
    this.#room.on('state', (state) => this.#apply(state));
    this.#room.on('lost', () => this.#roomLost());
    this.#room.on('ended', (code) => this.close(code, 'the room has ended'));
  }

  get closed(): boolean {
    return this.#closed;
  }

  get peers(): readonly Peer[] {
    return [...this.#sessions.values()].flatMap((peers) => [...peers]);
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  get wanted(): boolean {
    const { state, lostAt } = this.#knowledge;
    const inMesh =
      lostAt === null &&
      state?.desired.mesh.some((member) => member.node_id === this.#options.config.NODE_ID) === true;
    return isWanted(
      { peers: this.#sessions.size, relays: this.relay.connected, inMesh, heldUntil: this.#heldUntil },
      Date.now(),
    );
  }

  hasSession(sessionId: string): boolean {
    return this.#sessions.has(sessionId);
  }

  get roomLinked(): boolean {
    return this.#room.connected;
  }

  /** Asks the room to move its participants to other nodes by then, epoch milliseconds. */
  drain(deadline: number): void {
    this.#drainDeadline = deadline;
    this.#room.draining(deadline);
  }

  /** Keeps the meeting ready for somebody who is about to come. */
  hold(): void {
    this.#heldUntil = Date.now() + SFU.meetingHold;
  }

  /** Takes a participant in. The caller sends the welcome and then starts the peer. */
  async join(claims: MediaClaims, capabilities: RtpCapabilities, outlet: PeerOutlet): Promise<Peer> {
    this.#assertWelcome(claims);
    const hold = await this.routers.forParticipant();
    const peer = await Peer.create({
      claims,
      capabilities,
      router: hold.router,
      streams: this.streams,
      data: this.data,
      speakers: this.speakers,
      room: () => this.#knowledge,
      outlet,
      observe: this.#options.observe,
      logger: this.#logger,
    }).catch((error: unknown) => {
      hold.release();
      throw error;
    });
    peer.once('closed', () => hold.release());
    try {
      this.#assertWelcome(claims);
      // Before it takes over from a socket of the same session that may be in better health.
      if (outlet.closed) throw new MeridianError('not_joined', 'the socket is gone');
    } catch (error) {
      peer.close(CLOSE.removed, 'removed');
      throw error;
    }
    this.#adopt(peer);
    return peer;
  }

  close(code: CloseCode, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#logger.info({ code, reason }, 'meeting closed');
    for (const peer of this.peers) peer.close(code, reason);
    this.relay.close(code === CLOSE.goingAway ? code : CLOSE.normal, reason);
    this.#room.close(CLOSE.normal, reason);
    this.speakers.close();
    this.streams.close();
    this.data.close();
    this.routers.close();
    this.emit('closed');
  }

  #adopt(peer: Peer): void {
    const { sid } = peer.claims;
    const peers = this.#sessions.get(sid) ?? new Set<Peer>();
    const older = [...peers];
    peers.add(peer);
    this.#sessions.set(sid, peers);
    for (const predecessor of older) {
      // One may linger behind its successor; what lingered before that has no use any more.
      if (predecessor.attached) predecessor.replacedByNewer();
      else predecessor.close(CLOSE.replaced, 'replaced');
    }
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

  #assertWelcome(claims: MediaClaims): void {
    if (this.#closed) throw new MeridianError('meeting_ended', 'the meeting has ended');
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
      this.close(CLOSE.meetingEnded, 'the meeting has ended');
      return;
    }
    for (const peer of this.peers) peer.roomChanged();
    this.relay.apply(desired.mesh, desired.relay_grants);
    this.#room.applied(desired);
  }

  #roomLost(): void {
    if (this.#knowledge.lostAt !== null) return;
    this.#knowledge = { ...this.#knowledge, lostAt: Date.now() };
    for (const peer of this.peers) peer.roomChanged();
  }

  #report(peer: Peer): void {
    const { sid, sub } = peer.claims;
    const others = this.#sessions.get(sid) ?? [];
    const connected = [peer, ...others].some((candidate) => candidate.attached && !candidate.closed);
    this.#room.peerState({ participantId: sub, sessionId: sid, connected });
  }

  /** The room on the other end may be a new one that knows nothing of what was reported before. */
  #reportAll(): void {
    for (const peers of this.#sessions.values()) {
      const [peer] = peers;
      if (peer !== undefined) this.#report(peer);
    }
  }
}
