import {
  CAPS_VERSION,
  CLOSE,
  type IceServer,
  MeridianError,
  type mediaRpc,
  RtpCapabilities,
  type SfuEndpoint,
  SOURCE_KIND,
  type Source,
  type StreamId,
} from '@meridian/protocol';
import type { DataProducer, Device } from 'mediasoup-client/types';
import { FIRST_CONSUMER_WAIT_MS, HANDSHAKE_TIMEOUT_MS } from './config.ts';
import type { DataChannelOptions, DataChannels, DataPort } from './data-channels.ts';
import { DataSubscriber } from './data-subscriber.ts';
import type { Environment } from './environment.ts';
import { connectionLost, toMeridianError } from './errors.ts';
import type { Evidence } from './failover.ts';
import { sameFingerprint } from './fingerprint.ts';
import { type In, MediaConnection } from './media-connection.ts';
import type { MediaReason } from './media-state.ts';
import { MediaTransports } from './media-transports.ts';
import { LOCAL_CLOSE } from './message-socket.ts';
import type { QualityReport } from './quality.ts';
import type { ReceiveMessage } from './receive.ts';
import type { RemoteStreams } from './remote-streams.ts';
import { type Publication, Sender } from './sender.ts';
import { SessionStreams } from './session-streams.ts';
import { Subscriber } from './subscriber.ts';
import type { JoinStages } from './types.ts';

/** Why a session is over. `impossible`: no use trying again. */
export type SessionLoss = {
  reason: Exclude<MediaReason, 'start' | 'moved' | 'failed_over'> | 'impossible';
  error: MeridianError;
  /** What it says of the node; null where it says nothing against it. */
  evidence: Extract<Evidence['current'], 'closed' | 'silent' | 'no_path'> | null;
};

export type MediaSessionHandlers = {
  stage(name: keyof JoinStages): void;
  /** Transports exist; publish and subscribe now. */
  welcomed(welcome: mediaRpc.Welcome): void;
  /** Everything needed is connected; of a standby, prepared. Called each time that becomes true. */
  up(): void;
  /** Packets have stopped getting through; a restart of ICE is under way. */
  disturbed(): void;
  /** Once, unless close() was called before. Media may still flow until close(). */
  lost(loss: SessionLoss): void;
  tokenNeeded(): void;
  /** How many layers of a video of one's own anybody watches. */
  watched(source: Source, layers: number): void;
  speakers(speakers: mediaRpc.Speakers): void;
  score(streamId: StreamId, scores: readonly number[]): void;
};

export type MediaSessionOptions = {
  environment: Environment;
  /** Rises with each session in use of a meeting; null for a standby, which gets one when it is activated. */
  number: number | null;
  /** For a standby: whether also what is sent and received is prepared, and not the transports alone. */
  hot: boolean;
  /** What the way down and the way up have carried elsewhere, bits per second; 0: nothing is known. */
  known: { down: number; up: number };
  endpoint: SfuEndpoint;
  token: string;
  iceServers: readonly IceServer[];
  iceTransportPolicy: RTCIceTransportPolicy;
  remote: RemoteStreams;
  data: DataChannels;
  handlers: MediaSessionHandlers;
};

/** Signs of life. */
export type Heard = { onSocket: boolean; inPackets: boolean };

type Parts = { transports: MediaTransports; subscriber: Subscriber; data: DataSubscriber };

/**
 * One stay at one media node: its socket, the two transports, and what flows over them. Or the preparation of one, a
 * standby, until activate().
 */
export class MediaSession implements DataPort {
  readonly #options: MediaSessionOptions;
  readonly #connection: MediaConnection;
  readonly #streams: SessionStreams;
  readonly #senders = new Map<Source, Sender>();
  readonly #watched = new Map<Source, number>();
  #device: Device | undefined;
  #parts: Parts | undefined;
  #handshake: ReturnType<typeof setTimeout> | undefined;
  #consumerWait: ReturnType<typeof setTimeout> | undefined;
  #awaitingConsumer = true;
  #number: number | null;
  #welcome: mediaRpc.Welcome | null = null;
  #framesHeard = 0;
  #up = false;
  #established = false;
  #lost = false;
  #closed = false;

  constructor(options: MediaSessionOptions) {
    this.#options = options;
    this.#number = options.number;
    this.#streams = new SessionStreams(options.remote, options.number);
    this.#handshake = setTimeout(
      () => this.#lose('lost', new MeridianError('timeout', 'the node did not answer')),
      HANDSHAKE_TIMEOUT_MS,
    );
    this.#connection = new MediaConnection(options.environment.openSocket, options.endpoint.url, {
      opened: () => {
        this.#stage('media_open');
        this.#greet();
      },
      message: (message) => this.#received(message),
      refused: (error) => this.#refused(error),
      closed: (code, reason) => this.#socketClosed(code, reason),
    });
    options.environment.loadDevice().then(
      (device) => {
        this.#device = device;
        this.#greet();
      },
      (error: unknown) => this.#lose('impossible', toMeridianError(error)),
    );
  }

  /** 0 for a standby, which brings nothing. */
  get number(): number {
    return this.#number ?? 0;
  }

  get standby(): boolean {
    return this.#number === null;
  }

  /** What the node has said; null before. */
  get welcome(): mediaRpc.Welcome | null {
    return this.#welcome;
  }

  /** Everything needed is connected now. */
  get up(): boolean {
    return this.#up;
  }

  get endpoint(): SfuEndpoint {
    return this.#options.endpoint;
  }

  /** Welcomed, and not over. */
  get ready(): boolean {
    return this.#parts !== undefined && !this.#lost;
  }

  /** Something may still arrive over it, although its socket may be gone. */
  get flowing(): boolean {
    return this.#parts?.transports.states.includes('connected') === true;
  }

  /**
   * Publishes, changes or withdraws a source; null withdraws. Before the welcome there is nothing to do yet; after
   * a loss it still changes what flows, since muting must not wait for a connection.
   */
  async publish(source: Source, publication: Publication | null): Promise<void> {
    if (this.#closed || !this.#parts || (this.standby && !this.#options.hot)) return;
    let sender = this.#senders.get(source);
    if (!sender) {
      if (!publication || this.#lost) return;
      sender = this.#createSender(source, this.#parts.transports);
      this.#senders.set(source, sender);
      const watched = this.#watched.get(source);
      if (watched !== undefined) sender.setWatched(watched);
    }
    await sender.set(publication);
    this.#check();
  }

  /**
   * A standby becomes the session in use, with this number: in one message and without negotiation, what has been
   * prepared flows. It is lost when the node does not confirm that.
   */
  activate(number: number): void {
    if (!this.standby) return;
    this.#number = number;
    this.#established = true;
    const watched = [...this.#watched].map(([source, layers]) => ({ source, layers }));
    this.#connection
      .request({ type: 'activate', watched }, 'ok')
      .catch((error: unknown) => this.#lose('lost', toMeridianError(error)));
    // What the node did not take is published anew.
    for (const sender of this.#senders.values()) sender.release().catch(() => {});
    this.#streams.activate(number);
  }

  /** How many layers of a video anybody watches. A standby is told what the node in use says. */
  setWatched(source: Source, layers: number): void {
    this.#watched.set(source, layers);
    this.#senders.get(source)?.setWatched(layers);
  }

  /** Stops sending, on a session whose node does not hear any more. What arrives, or stands still, stays. */
  hush(): void {
    for (const sender of this.#senders.values()) sender.hold().catch(() => {});
  }

  /** What has arrived since the last look. */
  heard(): Heard {
    const { framesHeard } = this.#connection;
    const onSocket = framesHeard !== this.#framesHeard;
    this.#framesHeard = framesHeard;
    return { onSocket, inPackets: this.#parts?.subscriber.heard() === true };
  }

  /** Whether packets should be arriving: somebody speaks, or could. */
  get expectsPackets(): boolean {
    return this.#streams.anyMicrophone;
  }

  subscribe(version: number, streams: (mediaRpc.ClientToNode & { type: 'subscribe' })['streams']): boolean {
    return this.#connection.notify({ type: 'subscribe', version, streams });
  }

  setReceive(receive: ReceiveMessage): void {
    if (this.ready) this.#connection.notify({ type: 'set_receive', ...receive });
  }

  async openData(label: string, options: DataChannelOptions): Promise<DataProducer> {
    if (!this.#parts || this.#lost) throw connectionLost();
    return this.#parts.transports.openData(label, options);
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
    const parts = this.#parts;
    return parts && !this.#closed ? parts.transports.stats() : null;
  }

  probe(): void {
    this.#connection.probe();
  }

  restartIce(): void {
    if (!this.#lost) this.#parts?.transports.restartIce();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lost = true;
    this.#connection.close();
    clearTimeout(this.#handshake);
    clearTimeout(this.#consumerWait);
    for (const sender of this.#senders.values()) sender.close();
    this.#parts?.subscriber.close();
    this.#parts?.data.close();
    this.#parts?.transports.close();
  }

  /** Once both the socket is open and the device is loaded. */
  #greet(): void {
    if (!this.#device || !this.#connection.isOpen || this.#lost) return;
    this.#connection.notify({
      type: 'hello',
      token: this.#options.token,
      caps_version: CAPS_VERSION,
      transport: 'webrtc',
      ...(this.standby ? { mode: 'standby', received_bitrate: Math.round(this.#options.known.down) } : {}),
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
        this.#awaitingConsumer = false;
        void this.#parts?.subscriber.add(message);
        break;
      case 'consumer_closed':
        this.#parts?.subscriber.remove(message.consumer_id);
        break;
      case 'layers':
        this.#streams.layer(message.stream_id, message.current);
        break;
      case 'data_consumer':
        void this.#parts?.data.add(message);
        break;
      case 'data_consumer_closed':
        this.#parts?.data.remove(message.data_consumer_id);
        break;
      case 'stream_available':
      case 'stream_updated':
        this.#streams.available(message.stream);
        break;
      case 'stream_removed':
        this.#streams.removed(message.stream_id, message.generation);
        break;
      case 'speakers':
        handlers.speakers(message);
        break;
      case 'publish_layers':
        this.setWatched(message.source, message.layers);
        handlers.watched(message.source, message.layers);
        break;
      case 'score':
        handlers.score(message.stream_id, message.scores);
        break;
      case 'token_needed':
        handlers.tokenNeeded();
        break;
    }
  }

  #welcomed(welcome: mediaRpc.Welcome): void {
    const { endpoint, handlers } = this.#options;
    if (this.#parts || !this.#device) return;
    clearTimeout(this.#handshake);
    const offered = [welcome.send_transport, welcome.recv_transport];
    if (!offered.every((t) => sameFingerprint(endpoint.dtls_fingerprint, t.dtls_parameters.fingerprints))) {
      this.#lose('wrong_node', new MeridianError('unauthorized', 'this is not the node the room has named'));
      return;
    }
    this.#stage('welcome');
    this.#welcome = welcome;
    this.#parts = this.#createParts(this.#device, welcome);
    this.#streams.begin(welcome.streams);
    if (this.standby) this.#warm(this.#parts.transports);
    else {
      this.#consumerWait = setTimeout(() => {
        this.#awaitingConsumer = false;
        this.#check();
      }, FIRST_CONSUMER_WAIT_MS);
    }
    handlers.welcomed(welcome);
    this.#check();
  }

  #warm(transports: MediaTransports): void {
    transports.warm().catch((error: unknown) => {
      if (!this.#closed) this.#lose('lost', toMeridianError(error));
    });
  }

  #createParts(device: Device, welcome: mediaRpc.Welcome): Parts {
    const { data, iceServers, iceTransportPolicy } = this.#options;
    const streams = this.#streams;
    const transports = new MediaTransports({
      device,
      welcome,
      connection: this.#connection,
      iceServers,
      iceTransportPolicy,
      produce: (source, rtpParameters) => this.#senders.get(source)?.announce(rtpParameters),
      connected: (direction) => this.#stage(direction === 'send' ? 'send_connected' : 'recv_connected'),
      changed: () => this.#check(),
      broken: (error) => this.#lose('lost', error, 'no_path'),
    });
    const subscriber = new Subscriber({
      transport: transports.recv,
      streams,
      ready: (consumerId) => {
        this.#stage('first_consumer');
        this.#connection.notify({ type: 'consumer_ready', consumer_id: consumerId });
      },
      firstVideoFrame: () => this.#stage('first_video_frame'),
      broken: (error) => this.#lose('lost', toMeridianError(error)),
    });
    const dataSubscriber = new DataSubscriber({
      session: () => this.number,
      transport: transports.recv,
      data,
      broken: (error) => this.#lose('lost', toMeridianError(error)),
    });
    return { transports, subscriber, data: dataSubscriber };
  }

  #createSender(source: Source, transports: MediaTransports): Sender {
    return new Sender({
      source,
      transport: transports.send,
      connection: this.#connection,
      held: this.standby,
      startBitrate: this.#options.known.up,
      codec: this.#device?.sendRtpCapabilities.codecs?.find(
        (codec) => SOURCE_KIND[source] === 'video' && codec.mimeType.toLowerCase() === 'video/vp8',
      ),
      broken: (error) => this.#lose('lost', error),
    });
  }

  /** Compares what has to be connected with what is, and tells when that changed. */
  #check(): void {
    const parts = this.#parts;
    if (!parts || this.#lost) return;
    const { states } = parts.transports;
    if (this.standby) {
      this.#tellUp(states.every((state) => state === 'connected'));
      return;
    }
    const up = this.#established
      ? // Later a transport may still be `new`, and connecting then is no disturbance.
        this.#up
        ? !states.some((state) => state === 'disconnected' || state === 'failed')
        : states.every((state) => state === 'connected' || state === 'new')
      : this.#complete(parts);
    if (up) this.#established = true;
    this.#tellUp(up);
  }

  #tellUp(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    if (up) this.#options.handlers.up();
    else this.#options.handlers.disturbed();
  }

  /** The stages of a join are not those of a standby. */
  #stage(name: keyof JoinStages): void {
    if (!this.standby) this.#options.handlers.stage(name);
  }

  /** For the first time: everything that is to flow has a way. */
  #complete({ transports: { send, recv }, subscriber }: Parts): boolean {
    const sending = [...this.#senders.values()].some((sender) => sender.active);
    const expecting = this.#awaitingConsumer && this.#streams.anyFlowing;
    const receiving = expecting || subscriber.active;
    return (
      (!sending || send.connectionState === 'connected') &&
      (!receiving || recv.connectionState === 'connected')
    );
  }

  #refused(error: MeridianError): void {
    const beforeWelcome = !this.#parts;
    if (error.code === 'caps_mismatch' || error.code === 'unsupported_version')
      this.#lose('impossible', error);
    else if (error.code === 'unauthorized' || error.code === 'token_expired') this.#lose('token', error);
    else if (beforeWelcome) this.#lose('lost', error);
  }

  #socketClosed(code: number, reason: string): void {
    if (code === CLOSE.unsupportedVersion) {
      this.#lose(
        'impossible',
        new MeridianError('unsupported_version', reason || 'this page is out of date'),
      );
      return;
    }
    this.#lose(
      LOSS_OF_CODE[code] ?? 'lost',
      new MeridianError('timeout', `the media node closed the connection (${code} ${reason})`),
      evidenceOf(code),
    );
  }

  #lose(reason: SessionLoss['reason'], error: MeridianError, evidence: SessionLoss['evidence'] = null): void {
    if (this.#lost) return;
    this.#lost = true;
    clearTimeout(this.#handshake);
    clearTimeout(this.#consumerWait);
    this.#parts?.transports.abandon();
    this.#connection.giveUp();
    this.#options.handlers.lost({ reason, error, evidence });
  }
}

function evidenceOf(code: number): SessionLoss['evidence'] {
  if (code === LOCAL_CLOSE.silent || code === LOCAL_CLOSE.stuck) return 'silent';
  return code in LOSS_OF_CODE || SPEAKS_FOR_THE_NODE.includes(code) ? null : 'closed';
}

/** Codes with which a node that is well sends this client away: a reason to come back, not to go elsewhere. */
const SPEAKS_FOR_THE_NODE: readonly number[] = [
  CLOSE.malformed,
  CLOSE.authTimeout,
  CLOSE.replaced,
  CLOSE.flooding,
];

const LOSS_OF_CODE: Readonly<Record<number, SessionLoss['reason']>> = {
  [CLOSE.unauthorized]: 'token',
  [CLOSE.removed]: 'token',
  [CLOSE.notFound]: 'token',
  [CLOSE.mediaLost]: 'media_lost',
};
