import {
  CAPS_VERSION,
  CLOSE,
  DtlsParameters,
  type IceServer,
  MeridianError,
  type mediaRpc,
  RtpCapabilities,
  RtpParameters,
  type SfuEndpoint,
  SOURCE_KIND,
  Source,
} from '@meridian/protocol';
import type { Device, Transport } from 'mediasoup-client/types';
import { FIRST_CONSUMER_WAIT_MS, HANDSHAKE_TIMEOUT_MS } from './config.ts';
import type { Environment } from './environment.ts';
import { toMeridianError } from './errors.ts';
import { sameFingerprint } from './fingerprint.ts';
import { IceGuard } from './ice-guard.ts';
import { type In, MediaConnection } from './media-connection.ts';
import type { QualityReport } from './quality.ts';
import type { RemoteStreams } from './remote-streams.ts';
import { type Publication, Sender } from './sender.ts';
import { Subscriber } from './subscriber.ts';
import type { JoinStages } from './types.ts';

/** Why a session is over: try again; first get a fresh token; first ask where to go; or no use trying. */
export type SessionLoss = { kind: 'lost' | 'token' | 'endpoint' | 'fatal'; error: MeridianError };

export type MediaSessionHandlers = {
  stage(name: keyof JoinStages): void;
  /** Transports exist; publish and subscribe now. */
  welcomed(welcome: mediaRpc.Welcome): void;
  /** Everything needed is connected. Called each time that becomes true. */
  up(): void;
  /** Packets have stopped getting through; a restart of ICE is under way. */
  disturbed(): void;
  /** Once, unless close() was called before. Media may still flow until close(). */
  lost(loss: SessionLoss): void;
  tokenNeeded(): void;
};

export type MediaSessionOptions = {
  environment: Environment;
  /** Rises with each session of a meeting. */
  number: number;
  endpoint: SfuEndpoint;
  token: string;
  iceServers: readonly IceServer[];
  remote: RemoteStreams;
  handlers: MediaSessionHandlers;
};

type Parts = { send: Transport; recv: Transport; guards: IceGuard[]; subscriber: Subscriber };

/** One stay at one media node: its socket, the two transports, and what flows over them. */
export class MediaSession {
  readonly #options: MediaSessionOptions;
  readonly #connection: MediaConnection;
  readonly #senders = new Map<Source, Sender>();
  #device: Device | undefined;
  #parts: Parts | undefined;
  #handshake: ReturnType<typeof setTimeout> | undefined;
  #consumerWait: ReturnType<typeof setTimeout> | undefined;
  #awaitingConsumer = true;
  #up = false;
  #established = false;
  #lost = false;
  #closed = false;

  constructor(options: MediaSessionOptions) {
    this.#options = options;
    this.#handshake = setTimeout(
      () => this.#lose('lost', new MeridianError('timeout', 'the node did not answer')),
      HANDSHAKE_TIMEOUT_MS,
    );
    this.#connection = new MediaConnection(options.environment.openSocket, options.endpoint.url, {
      opened: () => {
        options.handlers.stage('media_open');
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
      (error: unknown) => this.#lose('fatal', toMeridianError(error)),
    );
  }

  get number(): number {
    return this.#options.number;
  }

  get endpoint(): SfuEndpoint {
    return this.#options.endpoint;
  }

  /** Something may still arrive over it, although its socket may be gone. */
  get flowing(): boolean {
    const parts = this.#parts;
    return parts !== undefined && [parts.send, parts.recv].some((t) => t.connectionState === 'connected');
  }

  /**
   * Publishes, changes or withdraws a source; null withdraws. Before the welcome there is nothing to do yet; after
   * a loss it still changes what flows, since muting must not wait for a connection.
   */
  async publish(source: Source, publication: Publication | null): Promise<void> {
    if (this.#closed || !this.#parts) return;
    let sender = this.#senders.get(source);
    if (!sender) {
      if (!publication || this.#lost) return;
      sender = this.#createSender(source, this.#parts.send);
      this.#senders.set(source, sender);
    }
    await sender.set(publication);
    this.#check();
  }

  subscribe(version: number, streams: (mediaRpc.ClientToNode & { type: 'subscribe' })['streams']): boolean {
    return this.#connection.notify({ type: 'subscribe', version, streams });
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
    if (!parts || this.#closed) return null;
    const [send, recv] = await Promise.all([parts.send.getStats(), parts.recv.getStats()]);
    return { send, recv };
  }

  probe(): void {
    this.#connection.probe();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lost = true;
    this.#connection.close();
    clearTimeout(this.#handshake);
    clearTimeout(this.#consumerWait);
    for (const sender of this.#senders.values()) sender.close();
    for (const guard of this.#parts?.guards ?? []) guard.close();
    this.#parts?.subscriber.close();
    this.#parts?.send.close();
    this.#parts?.recv.close();
  }

  /** Once both the socket is open and the device is loaded. */
  #greet(): void {
    if (!this.#device || !this.#connection.isOpen || this.#lost) return;
    this.#connection.notify({
      type: 'hello',
      token: this.#options.token,
      caps_version: CAPS_VERSION,
      transport: 'webrtc',
      rtp_capabilities: RtpCapabilities.parse(this.#device.recvRtpCapabilities),
    });
  }

  #received(message: In): void {
    if (this.#lost) return;
    const { remote, number, handlers } = this.#options;
    switch (message.type) {
      case 'welcome':
        this.#welcomed(message);
        break;
      case 'consumer':
        this.#consume(message);
        break;
      case 'consumer_closed':
        this.#parts?.subscriber.remove(message.consumer_id);
        break;
      case 'stream_available':
      case 'stream_updated':
        remote.available(number, message.stream);
        break;
      case 'stream_removed':
        remote.removed(number, message.stream_id, message.generation);
        break;
      case 'token_needed':
        handlers.tokenNeeded();
        break;
    }
  }

  #welcomed(welcome: mediaRpc.Welcome): void {
    const { endpoint, handlers, remote, number } = this.#options;
    if (this.#parts || !this.#device) return;
    clearTimeout(this.#handshake);
    const offered = [welcome.send_transport, welcome.recv_transport];
    if (!offered.every((t) => sameFingerprint(endpoint.dtls_fingerprint, t.dtls_parameters.fingerprints))) {
      this.#lose('endpoint', new MeridianError('unauthorized', 'this is not the node the room has named'));
      return;
    }
    handlers.stage('welcome');
    this.#parts = this.#createParts(this.#device, welcome);
    remote.begin(number, welcome.streams);
    this.#consumerWait = setTimeout(() => {
      this.#awaitingConsumer = false;
      this.#check();
    }, FIRST_CONSUMER_WAIT_MS);
    handlers.welcomed(welcome);
    this.#check();
  }

  #createParts(device: Device, welcome: mediaRpc.Welcome): Parts {
    const { remote, number, handlers } = this.#options;
    const send = device.createSendTransport(this.#transportOptions(welcome.send_transport));
    const recv = device.createRecvTransport(this.#transportOptions(welcome.recv_transport));
    const guards = [
      this.#guard(send, () => handlers.stage('send_connected')),
      this.#guard(recv, () => handlers.stage('recv_connected')),
    ];
    send.on('produce', ({ rtpParameters, appData }, done, failed) => {
      try {
        const source = Source.parse(appData.source);
        this.#senders.get(source)?.announce(RtpParameters.parse(rtpParameters));
        // The id is only used on this side, and the node's answer is awaited elsewhere: waiting for it here would
        // hold up the next track by a round trip.
        done({ id: `${source}.${crypto.randomUUID()}` });
      } catch (error) {
        failed(toMeridianError(error));
      }
    });
    const subscriber = new Subscriber({
      session: number,
      transport: recv,
      remote,
      ready: (consumerId) => {
        handlers.stage('first_consumer');
        this.#connection.notify({ type: 'consumer_ready', consumer_id: consumerId });
      },
      firstVideoFrame: () => handlers.stage('first_video_frame'),
      broken: (error) => this.#lose('lost', toMeridianError(error)),
    });
    return { send, recv, guards, subscriber };
  }

  #transportOptions(transport: mediaRpc.TransportParameters) {
    return {
      id: transport.transport_id,
      iceParameters: transport.ice_parameters,
      iceCandidates: transport.ice_candidates,
      dtlsParameters: transport.dtls_parameters,
      iceServers: this.#options.iceServers.map((server) => ({ ...server })),
    };
  }

  #guard(transport: Transport, connected: () => void): IceGuard {
    transport.on('connect', ({ dtlsParameters }, done) => {
      this.#connection
        .request(
          {
            type: 'connect_transport',
            transport_id: transport.id,
            dtls_parameters: DtlsParameters.parse(dtlsParameters),
          },
          'ok',
        )
        .catch((error: unknown) => this.#lose('lost', toMeridianError(error)));
      // Not waiting for the answer: ICE starts now, and the node will have our fingerprint before DTLS needs it,
      // since frames are handled in order and DTLS comes after a round trip of ICE.
      done();
    });
    return new IceGuard({
      transport,
      changed: () => {
        if (transport.connectionState === 'connected') connected();
        this.#check();
      },
      restart: async () => {
        const answer = await this.#connection.request(
          { type: 'restart_ice', transport_id: transport.id },
          'ice_restarted',
        );
        return answer.ice_parameters;
      },
      failed: (error) => this.#lose('lost', error),
    });
  }

  #createSender(source: Source, transport: Transport): Sender {
    return new Sender({
      source,
      transport,
      connection: this.#connection,
      codec: this.#device?.sendRtpCapabilities.codecs?.find(
        (codec) => SOURCE_KIND[source] === 'video' && codec.mimeType.toLowerCase() === 'video/vp8',
      ),
      broken: (error) => this.#lose('lost', error),
    });
  }

  #consume(message: mediaRpc.ConsumerCreated): void {
    this.#awaitingConsumer = false;
    void this.#parts?.subscriber.add(message);
  }

  /** Compares what has to be connected with what is, and tells when that changed. */
  #check(): void {
    const parts = this.#parts;
    if (!parts || this.#lost) return;
    const states = [parts.send.connectionState, parts.recv.connectionState];
    const up = this.#established
      ? // Later a transport may still be `new`, and connecting then is no disturbance.
        this.#up
        ? !states.some((state) => state === 'disconnected' || state === 'failed')
        : states.every((state) => state === 'connected' || state === 'new')
      : this.#complete(parts);
    if (up === this.#up) return;
    this.#up = up;
    if (!up) {
      this.#options.handlers.disturbed();
      return;
    }
    this.#established = true;
    this.#options.handlers.up();
  }

  /** For the first time: everything that is to flow has a way. */
  #complete({ send, recv, subscriber }: Parts): boolean {
    const sending = [...this.#senders.values()].some((sender) => sender.active);
    const expecting = this.#awaitingConsumer && this.#options.remote.all().some((stream) => !stream.paused);
    const receiving = expecting || subscriber.active;
    return (
      (!sending || send.connectionState === 'connected') &&
      (!receiving || recv.connectionState === 'connected')
    );
  }

  #refused(error: MeridianError): void {
    const beforeWelcome = !this.#parts;
    if (error.code === 'caps_mismatch' || error.code === 'unsupported_version') this.#lose('fatal', error);
    else if (error.code === 'unauthorized' || error.code === 'token_expired') this.#lose('token', error);
    else if (beforeWelcome) this.#lose('lost', error);
  }

  #socketClosed(code: number, reason: string): void {
    const tokenRefused = code === CLOSE.unauthorized || code === CLOSE.removed || code === CLOSE.notFound;
    if (code === CLOSE.unsupportedVersion) {
      this.#lose('fatal', new MeridianError('unsupported_version', reason || 'this page is out of date'));
    } else {
      this.#lose(
        tokenRefused ? 'token' : 'lost',
        new MeridianError('timeout', `the media node closed the connection (${code} ${reason})`),
      );
    }
  }

  #lose(kind: SessionLoss['kind'], error: MeridianError): void {
    if (this.#lost) return;
    this.#lost = true;
    clearTimeout(this.#handshake);
    clearTimeout(this.#consumerWait);
    for (const guard of this.#parts?.guards ?? []) guard.close();
    this.#connection.giveUp();
    this.#options.handlers.lost({ kind, error });
  }
}
