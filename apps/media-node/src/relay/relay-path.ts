import { isDeepStrictEqual } from 'node:util';
import type { relay } from '@meridian/protocol';
import type {
  Consumer,
  PipeTransport,
  PlainTransport,
  Producer,
  ProducerOptions,
  RtpCapabilities,
  SrtpParameters,
} from 'mediasoup/types';
import { PEER, SFU } from '../config.ts';
import type { Config } from '../env.ts';
import { withDeadline } from '../net/deadline.ts';
import type { MeetingRouter } from '../sfu/meeting-router.ts';
import type { RouterHold } from '../sfu/meeting-routers.ts';
import { mediaError } from '../sfu/wire.ts';

type Place = Pick<Config, 'RELAY_ADDRESS' | 'RELAY_ANNOUNCED_ADDRESS' | 'RELAY_PORT_MIN' | 'RELAY_PORT_MAX'>;
type Transport = PipeTransport | PlainTransport;

/**
 * mediasoup estimates the bandwidth of a plain transport, and probes it with packets nobody expects, when its
 * consumers carry these. Between nodes the path is ours and wide, and what goes over it has been asked for.
 */
const ESTIMATION = /transport-wide-cc|abs-send-time/;

/**
 * Our end of the media path to another node: two SRTP transports with retransmission, one for whole streams, one for
 * single layers. Holds its router until it closes.
 */
export class RelayPath {
  readonly endpoints: relay.MediaEndpoints;
  /** The router of the meeting that it is on. */
  readonly router: MeetingRouter;
  readonly #full: PipeTransport;
  readonly #thin: PlainTransport;
  #remote: relay.MediaEndpoints | null = null;

  static async create(hold: RouterHold, place: Place): Promise<RelayPath> {
    const made = await Promise.allSettled([createFull(hold, place), createThin(hold, place)]);
    try {
      const [full, thin] = made;
      if (full.status === 'rejected') throw full.reason;
      if (thin.status === 'rejected') throw thin.reason;
      return new RelayPath(hold, full.value, thin.value);
    } catch (error) {
      for (const end of made) if (end.status === 'fulfilled') end.value.close();
      hold.release();
      throw error;
    }
  }

  private constructor(hold: RouterHold, full: PipeTransport, thin: PlainTransport) {
    this.endpoints = { full: endpointOf(full), thin: endpointOf(thin) };
    this.router = hold.router;
    this.#full = full;
    this.#thin = thin;
    full.observer.once('close', () => {
      thin.close();
      hold.release();
    });
    thin.observer.once('close', () => full.close());
  }

  get closed(): boolean {
    return this.#full.closed;
  }

  get connected(): boolean {
    return this.#remote !== null;
  }

  isConnectedTo(remote: relay.MediaEndpoints): boolean {
    return !this.closed && isDeepStrictEqual(this.#remote, remote);
  }

  async connect(remote: relay.MediaEndpoints): Promise<void> {
    try {
      await Promise.all([connect(this.#full, remote.full), connect(this.#thin, remote.thin)]);
      this.#remote = remote;
    } catch (error) {
      throw mediaError(error, 'the path cannot be connected');
    }
  }

  /** Sends a producer of this router with all its layers, from now on. */
  sendFull({ id }: Producer): Promise<Consumer> {
    return inTime(this.#full.consume({ producerId: id }), 'sending to another node');
  }

  /** Sends one layer of a simulcast producer, from when the consumer is resumed. */
  sendThin({ id }: Producer, spatialLayer: number): Promise<Consumer> {
    return inTime(
      this.#thin.consume({
        producerId: id,
        rtpCapabilities: withoutEstimation(this.router.router.rtpCapabilities),
        paused: true,
        preferredLayers: { spatialLayer },
      }),
      'sending a layer to another node',
    );
  }

  /** Takes in what the other end sends. */
  receive(
    carriage: relay.Carriage,
    options: Pick<ProducerOptions, 'id' | 'kind' | 'rtpParameters' | 'paused'>,
  ): Promise<Producer> {
    const transport = carriage === 'full' ? this.#full : this.#thin;
    return inTime(
      transport.produce({ ...options, keyFrameRequestDelay: PEER.keyFrameRequestDelay }),
      'receiving from another node',
    );
  }

  /** Bytes that have come so far over both transports, all of RTP and RTCP. */
  async bytesReceived(): Promise<number> {
    const stats = await withDeadline(
      Promise.all([this.#full.getStats(), this.#thin.getStats()]),
      SFU.workerTimeout,
      'reading the counters of a path',
    );
    return stats.flat().reduce((sum, { bytesReceived }) => sum + bytesReceived, 0);
  }

  /** Called once: after `close()`, or when its worker has died. */
  onClosed(listener: () => void): void {
    this.#full.observer.once('close', listener);
  }

  close(): void {
    this.#full.close();
  }
}

function createFull({ router }: RouterHold, place: Place): Promise<PipeTransport> {
  return inTime(
    router.router.createPipeTransport({ listenInfo: listenInfo(place), enableRtx: true, enableSrtp: true }),
    'creating a pipe',
  );
}

function createThin({ router }: RouterHold, place: Place): Promise<PlainTransport> {
  return inTime(
    router.router.createPlainTransport({
      listenInfo: listenInfo(place),
      rtcpMux: true,
      comedia: false,
      enableSrtp: true,
      // As pipes have it, and a fifth of the CPU of the default.
      srtpCryptoSuite: 'AEAD_AES_256_GCM',
    }),
    'creating a plain transport',
  );
}

function listenInfo(place: Place) {
  return {
    protocol: 'udp',
    ip: place.RELAY_ADDRESS,
    portRange: { min: place.RELAY_PORT_MIN, max: place.RELAY_PORT_MAX },
    ...(place.RELAY_ANNOUNCED_ADDRESS === undefined
      ? {}
      : { announcedAddress: place.RELAY_ANNOUNCED_ADDRESS }),
  } as const;
}

function connect(transport: Transport, { ip, port, srtp_parameters }: relay.MediaEndpoint): Promise<void> {
  return withDeadline(
    transport.connect({ ip, port, srtpParameters: srtp_parameters }),
    SFU.workerTimeout,
    'connecting a path',
  );
}

function endpointOf({ tuple, srtpParameters }: Transport): relay.MediaEndpoint {
  return { ip: tuple.localAddress, port: tuple.localPort, srtp_parameters: required(srtpParameters) };
}

function required(parameters: SrtpParameters | undefined): SrtpParameters {
  if (parameters === undefined) throw new Error('a transport without SRTP');
  return parameters;
}

function withoutEstimation(capabilities: RtpCapabilities): RtpCapabilities {
  return {
    ...capabilities,
    headerExtensions: (capabilities.headerExtensions ?? []).filter(({ uri }) => !ESTIMATION.test(uri)),
  };
}

function inTime<T extends { close(): void }>(made: Promise<T>, what: string): Promise<T> {
  return withDeadline(made, SFU.workerTimeout, what, (late) => late.close());
}
