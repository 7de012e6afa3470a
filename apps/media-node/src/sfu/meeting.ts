import { EventEmitter } from 'node:events';
import {
  CLOSE,
  type CloseCode,
  type MediaClaims,
  MeridianError,
  type RtpCapabilities,
  type roomLink,
} from '@meridian/protocol';
import type { Router } from 'mediasoup/types';
import { type Config, SFU } from '../config.ts';
import { reconcile } from '../fleet/reconcile.ts';
import { RoomLink } from '../fleet/room-link.ts';
import type { Logger } from '../logger.ts';
import { RelayMesh } from '../relay/relay-mesh.ts';
import { authorise, type RoomKnowledge } from './authorisation.ts';
import type { MediaWorker } from './media-worker.ts';
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
  logger: Logger;
};

type Hosting = { router: Router; worker: MediaWorker };

/** What this node does for one meeting: its router, the peers attached here, the links to room and mesh. */
export class Meeting extends EventEmitter<{ closed: [] }> {
  readonly id: string;
  readonly streams = new StreamDirectory();
  readonly relay: RelayMesh;
  readonly #options: MeetingOptions;
  readonly #logger: Logger;
  readonly #room: RoomLink;
  readonly #sessions = new Map<string, Set<Peer>>();
  #knowledge: RoomKnowledge = { state: null, receivedAt: 0, lostAt: null };
  #hosting: Promise<Hosting> | null = null;
  #worker: MediaWorker | null = null;
  #heldUntil = 0;
  #closed = false;

  constructor(options: MeetingOptions) {
    super();
    this.#options = options;
    this.id = options.id;
    this.#logger = options.logger.child({ meeting_id: options.id });
    this.hold();
    this.relay = new RelayMesh({
      meetingId: options.id,
      config: options.config,
      bootId: options.bootId,
      streams: this.streams,
      router: async () => (await this.#host()).router,
      logger: this.#logger,
    });
    this.#room = new RoomLink({
      config: options.config,
      bootId: options.bootId,
      url: options.roomUrl,
      logger: this.#logger,
    });
    this.#room.on('up', () => this.#reportAll());
    this.#room.on('state', (state) => this.#apply(state));
    this.#room.on('lost', () => this.#roomLost());
    this.#room.on('ended', (code) => this.close(code, 'the room has ended'));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The worker its router runs on, once it has one. */
  get worker(): MediaWorker | null {
    return this.#worker;
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

  /** Keeps the meeting ready for somebody who is about to come. */
  hold(): void {
    this.#heldUntil = Date.now() + SFU.meetingHold;
  }

  /** Takes a participant in. The caller sends the welcome and then starts the peer. */
  async join(claims: MediaClaims, capabilities: RtpCapabilities, outlet: PeerOutlet): Promise<Peer> {
    this.#assertWelcome(claims);
    const { router, worker } = await this.#host();
    const peer = await Peer.create({
      claims,
      capabilities,
      router,
      webRtcServer: worker.webRtcServer,
      streams: this.streams,
      room: () => this.#knowledge,
      outlet,
      logger: this.#logger,
    });
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
    this.relay.close(code === CLOSE.unavailable ? CLOSE.goingAway : CLOSE.normal, reason);
    this.#room.close(CLOSE.normal, reason);
    this.streams.close();
    this.#hosting?.then(
      ({ router }) => router.close(),
      () => {},
    );
    this.emit('closed');
  }

  /** One router per meeting, made when first needed. */
  #host(): Promise<Hosting> {
    this.#hosting ??= this.#createRouter().catch((error: unknown) => {
      this.#hosting = null;
      throw error;
    });
    return this.#hosting;
  }

  async #createRouter(): Promise<Hosting> {
    const worker = this.#options.pool.leastLoaded();
    this.#worker = worker;
    const router = await worker.createRouter();
    if (this.#closed) {
      router.close();
      throw new MeridianError('meeting_ended', 'the meeting has been closed');
    }
    return { router, worker };
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
      if (this.#sessions.size === 0) this.hold();
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
