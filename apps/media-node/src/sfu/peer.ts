import { EventEmitter } from 'node:events';
import {
  CLOSE,
  type CloseCode,
  LIMITS,
  type MediaClaims,
  MeridianError,
  type mediaRpc,
  type RtpCapabilities,
  type Source,
} from '@meridian/protocol';
import type { WebRtcTransport } from 'mediasoup/types';
import { PEER, SFU, STANDBY } from '../config.ts';
import type { DataDirectory } from '../data/data-directory.ts';
import { DataPublisher } from '../data/data-publisher.ts';
import { DataSubscriber } from '../data/data-subscriber.ts';
import type { Logger } from '../logger.ts';
import type { NodeObserver } from '../metrics/observer.ts';
import { withDeadline } from '../net/deadline.ts';
import type { MeetingSpeakers, Speakers } from '../speakers/meeting-speakers.ts';
import { Subscriber } from '../subscription/subscriber.ts';
import { type Rights, type RoomKnowledge, rightsOf } from './authorisation.ts';
import { AuthorisationWatch } from './authorisation-watch.ts';
import { holdBandwidth } from './bandwidth-floor.ts';
import type { Exodus } from './exodus.ts';
import type { MediaWorker } from './media-worker.ts';
import type { MeetingRouter } from './meeting-router.ts';
import { PathWatch } from './path-watch.ts';
import type { PreparedStreams } from './prepared-streams.ts';
import type { StreamInfo } from './publication.ts';
import { Publisher } from './publisher.ts';
import type { StreamDirectory } from './stream-directory.ts';
import { mediaError, type NodeToClientBody } from './wire.ts';

/** What a peer says to its client goes here. Its sockets may change. */
export type PeerOutlet = {
  /** There is no socket. */
  readonly closed: boolean;
  /** Said over the next socket if there is none now. */
  send(body: NodeToClientBody): void;
  /** There will be no other socket. */
  close(code: CloseCode, reason: string): void;
};

/** How a client comes, by its hello. */
export type Arrival = {
  claims: MediaClaims;
  capabilities: RtpCapabilities;
  /** It only prepares to come here, until activate(). */
  standby: boolean;
  /** Bits per second that have reached it elsewhere; 0: nothing is known. */
  receivedBitrate: number;
  outlet: PeerOutlet;
};

/** What a standby says when it becomes the place of its participant; see Peer.activate. */
export type Activation = { watched: ReadonlyMap<Source, number>; waits: boolean; carried: number };

export type PeerOptions = Arrival & {
  router: MeetingRouter;
  streams: StreamDirectory;
  prepared: PreparedStreams;
  data: DataDirectory;
  speakers: MeetingSpeakers;
  exodus: Exodus;
  /** Whether nobody of the meeting is at another node. */
  everybodyHere: () => boolean;
  room: () => RoomKnowledge;
  observe: NodeObserver;
  logger: Logger;
};

type PeerEvents = {
  /** Its socket came or went. */
  attached: [boolean];
  /** A standby is one no more: its participant is here from now on. */
  activated: [];
  closed: [];
};

type Stats = Extract<mediaRpc.ClientToNode, { type: 'stats' }>;

/**
 * The media of one participant at this node. When its socket goes, the transports linger, so that for everybody else
 * nothing happens before the client is back: with another socket for the same peer (attach), or as a new peer, whose
 * streams replace the lingering ones as they start to flow.
 */
export class Peer extends EventEmitter<PeerEvents> {
  readonly sendTransport: WebRtcTransport;
  readonly recvTransport: WebRtcTransport;
  readonly publisher: Publisher;
  readonly data: DataPublisher;
  readonly logger: Logger;
  readonly #options: PeerOptions;
  readonly #watch: AuthorisationWatch;
  readonly #path: PathWatch;
  #claims: MediaClaims;
  #attached = true;
  #subscriber: Subscriber | null = null;
  #dataSubscriber: DataSubscriber | null = null;
  #lastStats: Stats | null = null;
  #linger: NodeJS.Timeout | undefined;
  #standby: boolean;
  #closed = false;

  static async create(options: PeerOptions): Promise<Peer> {
    const bitrate = Math.min(Math.max(options.receivedBitrate, STANDBY.minBitrate), STANDBY.maxBitrate);
    const create = () =>
      withDeadline(
        options.router.router.createWebRtcTransport({
          webRtcServer: options.router.worker.webRtcServer,
          preferUdp: true,
          initialAvailableOutgoingBitrate: options.standby ? bitrate : PEER.initialOutgoingBitrate,
          iceConsentTimeout: PEER.iceConsentTimeout,
          enableSctp: true,
          maxSendMessageSize: LIMITS.dataMessageBytes,
          maxReceiveMessageSize: LIMITS.dataMessageBytes,
          sctpSendBufferSize: PEER.dataBacklogBytes,
        }),
        SFU.workerTimeout,
        'creating a transport',
        (late) => late.close(),
      );
    const [send, recv] = await Promise.allSettled([create(), create()]);
    if (send.status === 'fulfilled' && recv.status === 'fulfilled') {
      return new Peer(options, send.value, recv.value);
    }
    for (const result of [send, recv]) if (result.status === 'fulfilled') result.value.close();
    const failed = send.status === 'rejected' ? send : recv;
    throw mediaError(failed.status === 'rejected' ? failed.reason : undefined, 'no transport can be made');
  }

  private constructor(options: PeerOptions, send: WebRtcTransport, recv: WebRtcTransport) {
    super();
    const { claims, standby } = options;
    this.#options = options;
    this.#claims = claims;
    this.#standby = standby;
    this.sendTransport = send;
    this.recvTransport = recv;
    this.logger = options.logger.child({ participant_id: claims.sub, session_id: claims.sid });
    const { router, streams, prepared, everybodyHere, observe } = options;
    this.publisher = new Publisher(
      {
        ...{ participantId: claims.sub, transport: send, router, streams, prepared, standby },
        ...{ everybodyHere, observe },
      },
      rightsOf(claims, options.room().state),
    );
    this.data = new DataPublisher(
      {
        participantId: claims.sub,
        transport: send,
        router,
        channels: options.data,
        send: (body) => this.send(body),
        logger: this.logger,
      },
      mayPublish(rightsOf(claims, options.room().state)),
    );
    this.#watch = new AuthorisationWatch({
      session: { claims, helloAt: Date.now() },
      room: options.room,
      tokenNeeded: (expiresAt) => this.send({ type: 'token_needed', expires_at: expiresAt }),
      denied: (reason) =>
        reason === 'removed'
          ? this.close(CLOSE.removed, 'removed')
          : this.close(CLOSE.unauthorized, 'token expired'),
    });
    for (const transport of [send, recv]) {
      // Not by us: its worker has died.
      transport.observer.once('close', () => this.close(CLOSE.mediaLost, 'the media worker died'));
    }
    this.#path = new PathWatch({
      transports: [send, recv],
      attached: () => this.attached,
      lost: (reason) => this.close(CLOSE.mediaLost, reason),
      observe: options.observe,
    });
  }

  get claims(): MediaClaims {
    return this.#claims;
  }

  /** The node that the room has named for its participant; undefined before it has spoken of them. */
  get place(): string | undefined {
    return this.#options.room().state?.participants.get(this.#claims.sid)?.node_id;
  }

  /** Where its transports are. */
  get worker(): MediaWorker {
    return this.#options.router.worker;
  }

  get attached(): boolean {
    return this.#attached;
  }

  /** Whether it only prepares to come here. */
  get standby(): boolean {
    return this.#standby;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** What there is to receive: the highest generation of each stream. */
  get available(): StreamInfo[] {
    return [...this.#options.streams.all()].map((publication) => publication.stream);
  }

  /** Data channels that it receives. */
  get dataConsumerCount(): number {
    return this.#dataSubscriber?.size ?? 0;
  }

  get consumerCount(): number {
    return this.#subscriber?.consumerCount ?? 0;
  }

  /** The client's last report on quality. */
  get lastStats(): Stats | null {
    return this.#lastStats;
  }

  /** To be called when the welcome is on its way: from here on streams are offered and delivered. */
  start(): void {
    if (this.#closed) return;
    const { streams, prepared, speakers, capabilities, router } = this.#options;
    streams.on('available', this.#onAvailable);
    streams.on('updated', this.#onUpdated);
    streams.on('removed', this.#onRemoved);
    if (this.#claims.can_subscribe) {
      this.#subscriber = new Subscriber({
        streams,
        prepared,
        lostTogether: (participantId) => this.#lostTogether(participantId),
        speakers,
        receiver: {
          router,
          transport: this.recvTransport,
          capabilities,
          standby: this.#standby,
          gathering: false,
        },
        participantId: this.#claims.sub,
        send: (body) => this.send(body),
        logger: this.logger,
      });
    }
    if (!this.#standby) this.#takePart();
    this.#watch.check();
  }

  /**
   * A standby becomes the place of its participant, in one step: nothing of this waits for the client. `watched`: how
   * many layers of its videos it sends from the start, or, where it `waits`, when it hears that somebody can take them.
   * `carried`: what has reached it elsewhere lately, bits per second.
   */
  activate({ watched, waits, carried }: Activation): void {
    if (!this.#standby || this.#closed) return;
    this.#standby = false;
    void holdBandwidth(this.recvTransport, carried);
    this.emit('activated');
    this.publisher.announce(watched, waits);
    const { place } = this;
    this.#subscriber?.activate(place === undefined ? Promise.resolve() : this.#options.exodus.from(place));
    this.#takePart();
  }

  /** The room has said something, or its link came or went. */
  roomChanged(): void {
    if (this.#closed) return;
    this.#watch.check();
    if (!this.#closed) this.#applyRights();
  }

  renew(claims: MediaClaims): void {
    const { sub, sid, meeting, gen } = this.#claims;
    if (claims.sub !== sub || claims.sid !== sid || claims.meeting !== meeting || claims.gen < gen) {
      throw new MeridianError('forbidden', 'the token is for another session');
    }
    this.#claims = claims;
    this.#watch.renew(claims);
    this.#applyRights();
  }

  subscriber(): Subscriber {
    if (this.#subscriber === null) throw new MeridianError('forbidden', 'the token allows no subscribing');
    return this.#subscriber;
  }

  transport(id: string): WebRtcTransport {
    for (const transport of [this.sendTransport, this.recvTransport]) {
      if (transport.id === id) return transport;
    }
    throw new MeridianError('unknown_transport', 'no such transport');
  }

  async recordStats(stats: Stats): Promise<void> {
    this.#lastStats = stats;
    await this.#subscriber?.reportLoss(stats.loss);
  }

  send(body: NodeToClientBody): void {
    this.#options.outlet.send(body);
  }

  /** The socket is gone or taken over. The media goes on for a while. */
  detach(): void {
    if (!this.#attached || this.#closed) return;
    this.#attached = false;
    this.#linger = setTimeout(() => this.close(CLOSE.normal, 'lingered'), PEER.linger);
    this.emit('attached', false);
  }

  /** The client is back with another socket. */
  attach(): void {
    if (this.#attached || this.#closed) return;
    this.#attached = true;
    clearTimeout(this.#linger);
    this.emit('attached', true);
  }

  /** The same session has said hello anew. */
  replacedByNewer(): void {
    this.detach();
    this.#options.outlet.close(CLOSE.replaced, 'replaced by a newer socket');
  }

  close(code: CloseCode, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#linger);
    this.#watch.close();
    this.#path.close();
    const { streams } = this.#options;
    streams.off('available', this.#onAvailable);
    streams.off('updated', this.#onUpdated);
    streams.off('removed', this.#onRemoved);
    this.#options.speakers.off('changed', this.#onSpeakers);
    this.#subscriber?.close();
    this.#dataSubscriber?.close();
    this.sendTransport.close();
    this.recvTransport.close();
    const wasAttached = this.#attached;
    this.#attached = false;
    this.#options.outlet.close(code, reason);
    if (wasAttached) this.emit('attached', false);
    this.emit('closed');
  }

  /** What only those get who are here. */
  #takePart(): void {
    if (!this.#claims.can_subscribe) return;
    const { data, speakers, router } = this.#options;
    this.#dataSubscriber = new DataSubscriber({
      participantId: this.#claims.sub,
      transport: this.recvTransport,
      router,
      channels: data,
      send: (body) => this.send(body),
      logger: this.logger,
    });
    speakers.on('changed', this.#onSpeakers);
    const { current } = speakers;
    if (current.active !== null || current.levels.length > 0) this.#onSpeakers(current);
  }

  /** Whether another participant is at the node whose loss this one is a standby for, as far as the room has said. */
  #lostTogether(participantId: string): boolean {
    const { place } = this;
    return place !== undefined && this.#options.room().state?.places.get(participantId) === place;
  }

  #applyRights(): void {
    const rights = rightsOf(this.#claims, this.#options.room().state);
    this.publisher.setRights(rights);
    this.data.setAllowed(mayPublish(rights));
  }

  readonly #onSpeakers = (speakers: Speakers): void => this.send({ type: 'speakers', ...speakers });
  readonly #onAvailable = (stream: StreamInfo): void => this.send({ type: 'stream_available', stream });
  readonly #onUpdated = (stream: StreamInfo): void => this.send({ type: 'stream_updated', stream });
  readonly #onRemoved = (stream: Pick<StreamInfo, 'stream_id' | 'generation'>): void =>
    this.send({ type: 'stream_removed', ...stream });
}

/** Data channels are for those who take part; who may publish nothing watches. */
function mayPublish(rights: Rights): boolean {
  return rights.canPublish.length > 0;
}
