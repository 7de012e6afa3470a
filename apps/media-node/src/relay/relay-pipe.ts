import { isDeepStrictEqual } from 'node:util';
import type { relay } from '@meridian/protocol';
import type { Consumer, PipeTransport, ProducerOptions } from 'mediasoup/types';
import { type Config, PEER, SFU } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';
import type { MeetingRouter } from '../sfu/meeting-router.ts';
import type { RouterHold } from '../sfu/meeting-routers.ts';
import type { Tap } from '../sfu/publication.ts';
import { mediaError } from '../sfu/wire.ts';

/**
 * Our end of the media path to another node: one SRTP transport with retransmission, for all streams. Holds
 * its router until it closes.
 */
export class RelayPipe {
  readonly endpoint: relay.PipeEndpoint;
  /** The router of the meeting that it is a transport of. */
  readonly router: MeetingRouter;
  readonly #transport: PipeTransport;
  #remote: relay.PipeEndpoint | null = null;

  static async create(
    hold: RouterHold,
    config: Pick<Config, 'RELAY_ADDRESS' | 'RELAY_PORT_MIN' | 'RELAY_PORT_MAX'>,
  ): Promise<RelayPipe> {
    try {
      const transport = await RelayPipe.#createTransport(hold, config);
      transport.observer.once('close', () => hold.release());
      const { srtpParameters } = transport;
      if (srtpParameters === undefined) {
        transport.close();
        throw new Error('a pipe without SRTP');
      }
      return new RelayPipe(hold.router, transport, {
        ip: transport.tuple.localAddress,
        port: transport.tuple.localPort,
        srtp_parameters: srtpParameters,
      });
    } catch (error) {
      hold.release();
      throw error;
    }
  }

  static #createTransport(
    { router }: RouterHold,
    config: Pick<Config, 'RELAY_ADDRESS' | 'RELAY_PORT_MIN' | 'RELAY_PORT_MAX'>,
  ): Promise<PipeTransport> {
    return withDeadline(
      router.router.createPipeTransport({
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
  }

  private constructor(router: MeetingRouter, transport: PipeTransport, endpoint: relay.PipeEndpoint) {
    this.router = router;
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

  async produce(options: Pick<ProducerOptions, 'id' | 'kind' | 'rtpParameters' | 'paused'>): Promise<Tap> {
    const producer = await withDeadline(
      this.#transport.produce({ ...options, keyFrameRequestDelay: PEER.keyFrameRequestDelay }),
      SFU.workerTimeout,
      'receiving from a pipe',
      (late) => late.close(),
    );
    return { producer, router: this.router };
  }

  /** Called once: after `close()`, or when its worker has died. */
  onClosed(listener: () => void): void {
    this.#transport.observer.once('close', listener);
  }

  close(): void {
    this.#transport.close();
  }
}
