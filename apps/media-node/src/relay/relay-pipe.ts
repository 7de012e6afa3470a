import { isDeepStrictEqual } from 'node:util';
import type { relay } from '@meridian/protocol';
import type { Consumer, PipeTransport, Producer, ProducerOptions, Router } from 'mediasoup/types';
import { type Config, PEER, SFU } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';
import { mediaError } from '../sfu/wire.ts';

/** Our end of the media path to another node: one SRTP transport with retransmission, for all streams. */
export class RelayPipe {
  readonly endpoint: relay.PipeEndpoint;
  readonly #transport: PipeTransport;
  #remote: relay.PipeEndpoint | null = null;

  static async create(
    router: Router,
    config: Pick<Config, 'RELAY_ADDRESS' | 'RELAY_PORT_MIN' | 'RELAY_PORT_MAX'>,
  ): Promise<RelayPipe> {
    const transport = await withDeadline(
      router.createPipeTransport({
        listenInfo: {
          protocol: 'udp',
          ip: config.RELAY_ADDRESS,
          portRange: { min: config.RELAY_PORT_MIN, max: config.RELAY_PORT_MAX },
        },
        enableRtx: true,
        enableSrtp: true,
      }),
      SFU.workerTimeout,
      'creating a pipe',
      (late) => late.close(),
    );
    const { srtpParameters } = transport;
    if (srtpParameters === undefined) {
      transport.close();
      throw new Error('a pipe without SRTP');
    }
    return new RelayPipe(transport, {
      ip: transport.tuple.localAddress,
      port: transport.tuple.localPort,
      srtp_parameters: srtpParameters,
    });
  }

  private constructor(transport: PipeTransport, endpoint: relay.PipeEndpoint) {
    this.#transport = transport;
    this.endpoint = endpoint;
  }

  get closed(): boolean {
    return this.#transport.closed;
  }

  get connected(): boolean {
    return this.#remote !== null;
  }

  isConnectedTo(remote: relay.PipeEndpoint): boolean {
    return !this.closed && isDeepStrictEqual(this.#remote, remote);
  }

  async connect(remote: relay.PipeEndpoint): Promise<void> {
    try {
      await withDeadline(
        this.#transport.connect({
          ip: remote.ip,
          port: remote.port,
          srtpParameters: remote.srtp_parameters,
        }),
        SFU.workerTimeout,
        'connecting a pipe',
      );
      this.#remote = remote;
    } catch (error) {
      throw mediaError(error, 'the pipe cannot be connected');
    }
  }

  consume(producerId: string): Promise<Consumer> {
    return withDeadline(
      this.#transport.consume({ producerId }),
      SFU.workerTimeout,
      'sending into a pipe',
      (late) => late.close(),
    );
  }

  produce(options: Pick<ProducerOptions, 'id' | 'kind' | 'rtpParameters' | 'paused'>): Promise<Producer> {
    return withDeadline(
      this.#transport.produce({ ...options, keyFrameRequestDelay: PEER.keyFrameRequestDelay }),
      SFU.workerTimeout,
      'receiving from a pipe',
      (late) => late.close(),
    );
  }

  close(): void {
    this.#transport.close();
  }
}
