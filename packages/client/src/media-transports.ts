import {
  DtlsParameters,
  type IceServer,
  type MeridianError,
  type mediaRpc,
  RtpParameters,
  SctpStreamParameters,
  Source,
} from '@meridian/protocol';
import type { DataProducer, Device, Transport } from 'mediasoup-client/types';
import type { DataChannelOptions } from './data-channels.ts';
import { toMeridianError } from './errors.ts';
import { IceGuard } from './ice-guard.ts';
import type { MediaConnection } from './media-connection.ts';

export type MediaTransportsOptions = {
  device: Device;
  welcome: mediaRpc.Welcome;
  connection: MediaConnection;
  iceServers: readonly IceServer[];
  iceTransportPolicy: RTCIceTransportPolicy;
  /** A producer is being made: what it sends, for the node. */
  produce(source: Source, rtpParameters: RtpParameters): void;
  /** One of the two is connected, for the first time or again. */
  connected(direction: 'send' | 'recv'): void;
  /** The state of one of the two has changed. */
  changed(): void;
  /** Neither way is to be had any more. */
  broken(error: MeridianError): void;
};

/** The two ways of one media session, up and down, each with its guard. */
export class MediaTransports {
  readonly send: Transport;
  readonly recv: Transport;
  readonly #options: MediaTransportsOptions;
  readonly #guards: readonly IceGuard[];

  constructor(options: MediaTransportsOptions) {
    this.#options = options;
    const { device, welcome } = options;
    this.send = device.createSendTransport(this.#parameters(welcome.send_transport));
    this.recv = device.createRecvTransport(this.#parameters(welcome.recv_transport));
    this.#guards = [this.#guard(this.send, 'send'), this.#guard(this.recv, 'recv')];
    this.#answerProduce();
    this.#answerProduceData();
  }

  get states(): RTCPeerConnectionState[] {
    return [this.send.connectionState, this.recv.connectionState];
  }

  openData(label: string, { ordered, maxRetransmits }: DataChannelOptions): Promise<DataProducer> {
    return this.send.produceData({
      label,
      ordered: ordered ?? maxRetransmits === undefined,
      ...(maxRetransmits === undefined ? {} : { maxRetransmits }),
    });
  }

  /**
   * Connects the way up although nothing is to flow yet: transports connect on first use, so a data channel that the node
   * knows nothing of is opened.
   */
  async warmUp(): Promise<void> {
    await this.send.produceData({ label: WARM_CHANNEL, ...WARM_DELIVERY, appData: { ownOnly: true } });
  }

  /** The same for the way down. */
  async warmDown(): Promise<void> {
    const { MIS: streams } = this.#options.welcome.recv_transport.sctp_parameters;
    await this.recv.consumeData({
      id: WARM_CHANNEL,
      dataProducerId: WARM_CHANNEL,
      label: WARM_CHANNEL,
      // The last one: the node counts from the first.
      sctpStreamParameters: { streamId: Math.min(streams, MAX_STREAMS) - 1, ...WARM_DELIVERY },
    });
  }

  async stats(): Promise<{ send: RTCStatsReport; recv: RTCStatsReport }> {
    const [send, recv] = await Promise.all([this.send.getStats(), this.recv.getStats()]);
    return { send, recv };
  }

  /** The network has changed: finds new paths before the old ones are noticed to be dead. */
  restartIce(): void {
    for (const guard of this.#guards) guard.renew();
  }

  /** The session is over; what still flows may flow until close(). */
  abandon(): void {
    for (const guard of this.#guards) guard.close();
  }

  close(): void {
    this.abandon();
    this.send.close();
    this.recv.close();
  }

  #parameters(transport: mediaRpc.TransportParameters) {
    return {
      id: transport.transport_id,
      iceParameters: transport.ice_parameters,
      iceCandidates: transport.ice_candidates,
      dtlsParameters: transport.dtls_parameters,
      sctpParameters: {
        ...transport.sctp_parameters,
        maxSendMessageSize: transport.sctp_parameters.maxMessageSize,
        maxReceiveMessageSize: transport.sctp_parameters.maxMessageSize,
      },
      iceServers: this.#options.iceServers.map((server) => ({ ...server })),
      iceTransportPolicy: this.#options.iceTransportPolicy,
    };
  }

  #guard(transport: Transport, direction: 'send' | 'recv'): IceGuard {
    const { connection, connected, changed, broken } = this.#options;
    transport.on('connect', ({ dtlsParameters }, done) => {
      connection
        .request(
          {
            type: 'connect_transport',
            transport_id: transport.id,
            dtls_parameters: DtlsParameters.parse(dtlsParameters),
          },
          'ok',
        )
        .catch((error: unknown) => broken(toMeridianError(error)));
      // Not waiting for the answer: ICE starts now, and the node will have our fingerprint before DTLS needs it,
      // since frames are handled in order and DTLS comes after a round trip of ICE.
      done();
    });
    return new IceGuard({
      transport,
      changed: () => {
        if (transport.connectionState === 'connected') connected(direction);
        changed();
      },
      restart: async () => {
        const answer = await connection.request(
          { type: 'restart_ice', transport_id: transport.id },
          'ice_restarted',
        );
        return answer.ice_parameters;
      },
      failed: broken,
    });
  }

  #answerProduce(): void {
    this.send.on('produce', ({ rtpParameters, appData }, done, failed) => {
      try {
        const source = Source.parse(appData.source);
        this.#options.produce(source, RtpParameters.parse(rtpParameters));
        // The id is only used on this side, and the node's answer is awaited elsewhere: waiting for it here would
        // hold up the next track by a round trip.
        done({ id: `${source}.${crypto.randomUUID()}` });
      } catch (error) {
        failed(toMeridianError(error));
      }
    });
  }

  #answerProduceData(): void {
    this.send.on('producedata', ({ sctpStreamParameters, label, appData }, done, failed) => {
      if (appData.ownOnly) {
        done({ id: WARM_CHANNEL });
        return;
      }
      this.#options.connection
        .request(
          {
            type: 'produce_data',
            label: label ?? '',
            sctp_stream_parameters: SctpStreamParameters.parse(sctpStreamParameters),
          },
          'data_produced',
        )
        .then(
          (answer) => done({ id: answer.data_producer_id }),
          (error: unknown) => failed(toMeridianError(error)),
        );
    });
  }
}

const WARM_CHANNEL = 'warm';
const WARM_DELIVERY = { ordered: false, maxRetransmits: 0 };
/** Of an SCTP association: whatever a node offers, not every client takes more (libdatachannel, older browsers). */
const MAX_STREAMS = 1_024;
