import {
  CAPS_VERSION,
  MeridianError,
  type mediaRpc,
  RtpCapabilities,
  type SfuEndpoint,
  type Source,
} from '@meridian/protocol';
import type { DataProducer, Device } from 'mediasoup-client/types';
import { HANDSHAKE_TIMEOUT_MS, RESUME } from './config.ts';
import { Connectivity, type Ways } from './connectivity.ts';
import type { DataChannelOptions, DataPort } from './data-channels.ts';
import { connectionLost, toMeridianError } from './errors.ts';
import { sameFingerprint } from './fingerprint.ts';
import { type In, MediaConnection, type MediaConnectionHandlers } from './media-connection.ts';
import type { MediaSessionOptions } from './media-session-options.ts';
import { MediaTransports } from './media-transports.ts';
import { Publisher } from './publisher.ts';
import type { QualityReport } from './quality.ts';
import type { ReceiveMessage } from './receive.ts';
import type { Publication } from './sender.ts';
import { lossOfClose, lossOfRefusal, type SessionLoss } from './session-loss.ts';
import { SessionReceiver } from './session-receiver.ts';
import type { JoinStages } from './types.ts';
import type { WantedStreams } from './wishes.ts';

/** Signs of life. */
export type Heard = { onSocket: boolean; inPackets: boolean };

/**
 * One stay at one media node: its socket, the two transports, and what flows over them. Or the preparation of one, a
 * standby, until activate().
 */
export class MediaSession implements DataPort {
  readonly #options: MediaSessionOptions;
  readonly #connection: MediaConnection;
  readonly #publisher: Publisher;
  readonly #receiver: SessionReceiver;
  readonly #connectivity: Connectivity;
  #device: Device | undefined;
  #transports: MediaTransports | undefined;
  #handshake: ReturnType<typeof setTimeout> | undefined;
  #pathCheck: ReturnType<typeof setTimeout> | undefined;
  #standby: boolean;
  #welcome: mediaRpc.Welcome | null = null;
  #framesHeard = 0;
  #lost = false;
  #closed = false;

  constructor(options: MediaSessionOptions) {
    this.#options = options;
    this.#standby = options.number === null;
    this.#handshake = setTimeout(
      () => this.#broke(new MeridianError('timeout', 'the node did not answer')),
      HANDSHAKE_TIMEOUT_MS,
    );
    const { openSocket, random } = options.environment;
    const handlers: MediaConnectionHandlers = {
      opened: () => {
        this.#stage('media_open');
        this.#greet();
      },
      message: (message) => this.#received(message),
      refused: (error) => {
        const loss = lossOfRefusal(error, this.#transports !== undefined);
        if (loss) this.#lose(loss);
      },
      interrupted: options.handlers.interrupted,
      resumed: () => {
        this.#checkPath();
        options.handlers.resumed();
      },
      othersHeard: options.handlers.othersHeard,
      networkHeld: options.handlers.networkHeld,
      closed: (code, reason) => this.#lose(lossOfClose(code, reason)),
    };
    this.#connection = new MediaConnection({ openSocket, url: options.endpoint.url, random, handlers });
    this.#publisher = new Publisher({
      connection: this.#connection,
      prepared: this.#standby,
      uplink: options.uplink,
      settled: () => this.#connectivity.check(),
      broken: (error) => this.#broke(error),
    });
    this.#receiver = new SessionReceiver({
      number: options.number,
      connection: this.#connection,
      remote: options.remote,
      data: options.data,
      stage: (name) => this.#stage(name),
      broken: (error) => this.#broke(error),
    });
    this.#connectivity = new Connectivity({
      standby: this.#standby,
      ways: () => this.#ways(),
      up: options.handlers.up,
      disturbed: options.handlers.disturbed,
    });
    options.environment.loadDevice(options.uplink.floorKbps).then(
      (device) => {
        this.#device = device;
        this.#greet();
      },
      (error: unknown) => this.#lose({ reason: 'impossible', error: toMeridianError(error), evidence: null }),
    );
  }

  /** 0 for a standby, which brings nothing. */
  get number(): number {
    return this.#receiver.number;
  }

  /** What the node has said; null before. */
  get welcome(): mediaRpc.Welcome | null {
    return this.#welcome;
  }

  /** Everything needed is connected now. */
  get up(): boolean {
    return this.#connectivity.up;
  }

  get endpoint(): SfuEndpoint {
    return this.#options.endpoint;
  }

  /** Welcomed, and not over. */
  get ready(): boolean {
    return this.#transports !== undefined && !this.#lost;
  }

  /** When its node was last heard on the socket, by performance.now(). */
  get heardAt(): number {
    return this.#connection.heardAt;
  }

  /** Its socket broke off, and the next one is not there yet. */
  get interrupted(): boolean {
    return this.#connection.interrupted;
  }

  /** Something may still arrive over it, although its socket may be gone. */
  get flowing(): boolean {
    return this.#transports?.states.includes('connected') === true;
  }

  /**
   * Publishes, changes or withdraws a source; null withdraws. Before the welcome there is nothing to do yet; after
   * a loss it still changes what flows, since muting must not wait for a connection.
   */
  async publish(source: Source, publication: Publication | null): Promise<void> {
    if (this.#closed) return;
    await this.#publisher.publish(source, publication);
  }

  /**
   * A standby becomes the session in use, with this number: in one message and without negotiation, what has been
   * prepared flows. It is lost when the node does not confirm that. `carried`: by the way down until now, bits per second.
   * `waits`: what the others are to receive is not prepared, and video is sent when they can take it.
   */
  activate(number: number, { carried, waits }: { carried: number; waits: boolean }): void {
    if (!this.#standby) return;
    this.#standby = false;
    this.#connectivity.activate();
    this.#connection
      .request(
        {
          type: 'activate',
          watched: this.#publisher.watched,
          received_bitrate: Math.round(carried),
          ...(waits ? { waits } : {}),
        },
        'ok',
      )
      .catch((error: unknown) => this.#broke(error));
    this.#publisher.release(waits);
    this.#receiver.activate(number);
  }

  /** How many layers of a video anybody watches, as another node says. */
  expectWatched(source: Source, layers: number): void {
    this.#publisher.expectWatched(source, layers);
  }

  /** Stops sending, on a session whose node does not hear any more. What arrives, or stands still, stays. */
  hush(): void {
    this.#publisher.hush();
  }

  /** What has arrived since the last look. */
  heard(): Heard {
    const { framesHeard } = this.#connection;
    const onSocket = framesHeard !== this.#framesHeard;
    this.#framesHeard = framesHeard;
    return { onSocket, inPackets: this.#receiver.heard() };
  }

  /** Whether packets should be arriving: somebody speaks, or could. */
  get expectsPackets(): boolean {
    return this.#receiver.expectsPackets;
  }

  /** How low the estimate of its way up may fall, kbit/s; 0: wherever it goes. */
  get floorKbps(): number {
    return this.#options.uplink.floorKbps;
  }

  /**
   * Ends for another one to follow. Until that one carries, sound is all that is sent: on a way that loses packets anyway
   * each lost one is sent again, and beside that a handshake took more than 8 s.
   */
  renew(): void {
    this.#publisher.ease();
    this.#broke(new MeridianError('timeout', 'the way up has become too narrow for the session'));
  }

  subscribe(version: number, streams: WantedStreams): boolean {
    return this.#connection.notify({ type: 'subscribe', version, streams });
  }

  setReceive(receive: ReceiveMessage): void {
    if (this.ready) this.#connection.notify({ type: 'set_receive', ...receive });
  }

  async openData(label: string, options: DataChannelOptions): Promise<DataProducer> {
    if (!this.#transports || this.#lost) throw connectionLost();
    return this.#transports.openData(label, options);
  }

  closeData(label: string): void {
    this.#connection.notify({ type: 'close_data_producer', label });
  }

  async renewToken(token: string): Promise<void> {
    await this.#connection.request({ type: 'renew_token', token }, 'ok');
  }

  report(report: QualityReport): void {
    this.#connection.notify({ type: 'stats', ...report });
  }

  /** Statistics of both transports; null while there are none. */
  async stats(): Promise<{ send: RTCStatsReport; recv: RTCStatsReport } | null> {
    return this.#transports && !this.#closed ? this.#transports.stats() : null;
  }

  probe(): void {
    this.#connection.probe();
  }

  restartIce(): void {
    if (!this.#lost) this.#transports?.restartIce();
  }

  /** What still arrives may arrive until close(), and nothing else is made of it. */
  giveUp(): void {
    if (this.#lost) return;
    this.#lost = true;
    clearTimeout(this.#handshake);
    clearTimeout(this.#pathCheck);
    this.#connectivity.close();
    this.#transports?.abandon();
    this.#connection.giveUp();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lost = true;
    this.#connection.close();
    clearTimeout(this.#handshake);
    clearTimeout(this.#pathCheck);
    this.#connectivity.close();
    this.#publisher.close();
    this.#receiver.close();
    this.#transports?.close();
  }

  /**
   * Sockets break off when the device changes networks, which the path of the packets does not survive; or for a reason
   * of their own, and then it is there. Who plays nothing cannot tell, and a restart in vain harms nothing.
   */
  #checkPath(): void {
    clearTimeout(this.#pathCheck);
    this.#pathCheck = setTimeout(() => {
      const before = this.#receiver.lastPlayed;
      this.#pathCheck = setTimeout(() => {
        if (this.#receiver.lastPlayed === before) this.restartIce();
      }, RESUME.pathMs);
    }, RESUME.pathMs);
  }

  /** Once both the socket is open and the device is loaded. */
  #greet(): void {
    if (!this.#device || !this.#connection.isOpen || this.#lost) return;
    this.#connection.greet({
      type: 'hello',
      token: this.#options.token,
      caps_version: CAPS_VERSION,
      transport: 'webrtc',
      ...(this.#standby ? { mode: 'standby', received_bitrate: Math.round(this.#options.carried) } : {}),
      rtp_capabilities: RtpCapabilities.parse(this.#device.recvRtpCapabilities),
    });
  }

  #received(message: In): void {
    if (this.#lost) return;
    const { handlers } = this.#options;
    switch (message.type) {
      case 'welcome':
        this.#welcomed(message);
        break;
      case 'consumer':
        this.#connectivity.consumerCame();
        this.#receiver.received(message);
        break;
      case 'consumer_closed':
      case 'layers':
      case 'data_consumer':
      case 'data_consumer_closed':
      case 'stream_available':
      case 'stream_updated':
      case 'stream_removed':
      case 'stream_score':
        this.#receiver.received(message);
        break;
      case 'speakers':
        handlers.speakers(message);
        break;
      case 'publish_layers':
        this.#publisher.setWatched(message.source, message.layers);
        handlers.watched(message.source, message.layers);
        break;
      case 'score':
        handlers.score(message.stream_id, message.scores);
        break;
      case 'others_came':
        handlers.othersCame();
        break;
      case 'token_needed':
        handlers.tokenNeeded();
        break;
    }
  }

  #welcomed(welcome: mediaRpc.Welcome): void {
    const { endpoint, handlers } = this.#options;
    if (this.#transports || !this.#device) return;
    clearTimeout(this.#handshake);
    const offered = [welcome.send_transport, welcome.recv_transport];
    if (!offered.every((t) => sameFingerprint(endpoint.dtls_fingerprint, t.dtls_parameters.fingerprints))) {
      const error = new MeridianError('unauthorized', 'this is not the node the room has named');
      this.#lose({ reason: 'wrong_node', error, evidence: null });
      return;
    }
    this.#stage('welcome');
    this.#welcome = welcome;
    const transports = this.#createTransports(this.#device, welcome);
    this.#transports = transports;
    this.#publisher.begin(this.#device, transports.send);
    this.#receiver.begin(transports.recv, welcome.streams);
    this.#connectivity.begin();
    handlers.welcomed(welcome);
    this.#warm(transports).catch((error: unknown) => this.#broke(error));
    this.#connectivity.check();
  }

  /** What the others send is a round trip away: when it comes it is not to wait for a way. */
  async #warm(transports: MediaTransports): Promise<void> {
    await Promise.all([transports.warmDown(), this.#standby ? transports.warmUp() : undefined]);
  }

  #createTransports(device: Device, welcome: mediaRpc.Welcome): MediaTransports {
    const { iceServers, iceTransportPolicy } = this.#options;
    return new MediaTransports({
      device,
      welcome,
      connection: this.#connection,
      iceServers,
      iceTransportPolicy,
      produce: (source, rtpParameters) => this.#publisher.announce(source, rtpParameters),
      connected: (direction) => this.#stage(direction === 'send' ? 'send_connected' : 'recv_connected'),
      changed: () => this.#connectivity.check(),
      broken: (error) => this.#lose({ reason: 'lost', error, evidence: 'no_path' }),
    });
  }

  /** The stages of a join are not those of a standby. */
  #stage(name: keyof JoinStages): void {
    if (!this.#standby) this.#options.handlers.stage(name);
  }

  #ways(): Ways | null {
    if (!this.#transports || this.#lost) return null;
    const { send, recv } = this.#transports;
    return {
      send: send.connectionState,
      recv: recv.connectionState,
      sending: this.#publisher.active,
      receiving: this.#receiver.active,
      expecting: this.#receiver.expecting,
    };
  }

  /** Lost, which says nothing of the node as such. */
  #broke(error: unknown): void {
    this.#lose({ reason: 'lost', error: toMeridianError(error), evidence: null });
  }

  #lose(loss: SessionLoss): void {
    if (this.#lost) return;
    this.giveUp();
    this.#options.handlers.lost(loss);
  }
}
