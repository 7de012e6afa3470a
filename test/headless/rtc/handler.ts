import { ortc } from 'mediasoup-client';
import { HandlerInterface } from 'mediasoup-client/handlers/HandlerInterface';
import type {
  HandlerOptions,
  HandlerReceiveDataChannelOptions,
  HandlerReceiveDataChannelResult,
  HandlerReceiveOptions,
  HandlerReceiveResult,
  HandlerSendDataChannelOptions,
  HandlerSendDataChannelResult,
  HandlerSendOptions,
  HandlerSendResult,
  RtpCapabilities,
} from 'mediasoup-client/types';
import type { DataChannelInitConfig } from 'node-datachannel';
import { HeadlessDataChannel } from './data-channel.ts';
import { Ear } from './ear.ts';
import { Encoder, type Origin } from './encoder.ts';
import { SyntheticSender } from './synthetic-sender.ts';
import { SyntheticTrack } from './synthetic-track.ts';
import { Trunk } from './trunk.ts';

/** Whose transport it is. */
export interface Owner {
  /** Where it sends from. */
  readonly address: string;
  readonly capabilities: RtpCapabilities;
  /** What a track that is published is of. */
  originOf(track: MediaStreamTrack): Origin;
  /** From now on it has to be ticked, until `encoderGone`. */
  encoderCame(encoder: Encoder): void;
  encoderGone(encoder: Encoder): void;
  /** A way to a node, until `trunkGone`. */
  trunkCame(trunk: Trunk): void;
  trunkGone(trunk: Trunk): void;
  /** A packet has come for a track. */
  received(packet: Buffer, track: SyntheticTrack): void;
}

/**
 * mediasoup-client's view of one transport, without a browser. What the SDK asks of a peer connection happens for
 * real, but for encoding and decoding: packets are made, and looked at.
 *
 * ICE cannot be restarted with this library, nor does a node hear of it (IceRestarts): a path that has changed for good is a
 * lost session here.
 */
export class HeadlessHandler extends HandlerInterface {
  readonly #owner: Owner;
  readonly #options: HandlerOptions;
  readonly #encoders = new Map<string, Encoder>();
  readonly #ears = new Map<string, Ear>();
  readonly #earOfSsrc = new Map<number, string>();
  /** Not before it is needed: the library counts time without an answer as a failure. */
  #trunk: Promise<Trunk> | undefined;
  #established: Trunk | undefined;
  #nextId = 0;
  #nextStreamId = 0;
  #closed = false;

  constructor(options: HandlerOptions, owner: Owner) {
    super();
    this.#options = options;
    this.#owner = owner;
  }

  get name(): string {
    return 'Headless';
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const encoder of this.#encoders.values()) this.#owner.encoderGone(encoder);
    this.#encoders.clear();
    for (const { track } of this.#ears.values()) track.stop();
    if (this.#established) this.#owner.trunkGone(this.#established);
    this.#established?.close();
    this.emit('@close');
    this.removeAllListeners();
  }

  async updateIceServers(): Promise<void> {}

  /** The library cannot. It goes on with what it has. */
  async restartIce(): Promise<void> {}

  async getTransportStats(): Promise<RTCStatsReport> {
    const trunk = this.#established;
    if (!trunk) return new Map();
    const { roundTripMs, packetsReceived, packetsSent, connected } = trunk;
    const entries: [string, object][] = [
      ['transport', { id: 'transport', type: 'transport', packetsReceived, packetsSent }],
      [
        'pair',
        {
          id: 'pair',
          type: 'candidate-pair',
          nominated: connected,
          state: connected ? 'succeeded' : 'in-progress',
          ...(roundTripMs !== null && { currentRoundTripTime: roundTripMs / 1_000 }),
        },
      ],
    ];
    for (const [id, { track, packets, bytes }] of this.#ears) {
      const rtp = { id, type: 'inbound-rtp', kind: track.kind, trackIdentifier: track.id };
      const frames = track.kind === 'video' ? { framesDecoded: packets } : {};
      entries.push([
        id,
        { ...rtp, packetsReceived: packets, bytesReceived: bytes, packetsLost: 0, ...frames },
      ]);
    }
    return new Map(entries);
  }

  // ---- sending -------------------------------------------------------------------------------------------

  async send({ track, encodings = [{}], codec }: HandlerSendOptions): Promise<HandlerSendResult> {
    const trunk = await this.#connect();
    const capabilities = this.#options.getSendExtendedRtpCapabilities(this.#owner.capabilities);
    const kind = track.kind === 'audio' ? 'audio' : 'video';
    const rtpParameters = ortc.getSendingRtpParameters(kind, capabilities);
    rtpParameters.codecs = ortc.reduceCodecs(rtpParameters.codecs, codec);
    const encoder = new Encoder(track, this.#owner.originOf(track), encodings, (packet) =>
      trunk.send(packet),
    );
    rtpParameters.encodings = encoder.ssrcs.map((ssrc) => ({ ssrc }));
    rtpParameters.rtcp = { cname: 'headless', reducedSize: true, mux: true };
    const localId = `${++this.#nextId}`;
    this.#encoders.set(localId, encoder);
    this.#owner.encoderCame(encoder);
    return { localId, rtpParameters, rtpSender: new SyntheticSender(encoder) };
  }

  async stopSending(localId: string): Promise<void> {
    const encoder = this.#encoders.get(localId);
    if (!encoder) return;
    this.#encoders.delete(localId);
    this.#owner.encoderGone(encoder);
  }

  async pauseSending(localId: string): Promise<void> {
    this.#encoder(localId).paused = true;
  }

  async resumeSending(localId: string): Promise<void> {
    this.#encoder(localId).paused = false;
  }

  async replaceTrack(localId: string, track: MediaStreamTrack | null): Promise<void> {
    this.#encoder(localId).track = track;
  }

  async setMaxSpatialLayer(localId: string, spatialLayer: number): Promise<void> {
    const encoder = this.#encoder(localId);
    encoder.setActive(encoder.active.map((_, layer) => layer <= spatialLayer));
  }

  async setRtpEncodingParameters(
    localId: string,
    { active }: Partial<RTCRtpEncodingParameters>,
  ): Promise<void> {
    const encoder = this.#encoder(localId);
    if (active !== undefined) encoder.setActive(encoder.active.map(() => active));
  }

  async getSenderStats(): Promise<RTCStatsReport> {
    return new Map();
  }

  // ---- receiving -----------------------------------------------------------------------------------------

  async receive(list: HandlerReceiveOptions[]): Promise<HandlerReceiveResult[]> {
    await this.#connect();
    return list.map(({ kind, rtpParameters }) => {
      const ear = new Ear(new SyntheticTrack(kind));
      const localId = `${++this.#nextId}`;
      this.#ears.set(localId, ear);
      const ssrc = rtpParameters.encodings?.[0]?.ssrc;
      if (ssrc !== undefined) this.#earOfSsrc.set(ssrc, localId);
      return { localId, track: ear.track, rtpReceiver: ear };
    });
  }

  async stopReceiving(localIds: string[]): Promise<void> {
    for (const localId of localIds) {
      this.#ears.get(localId)?.track.stop();
      this.#ears.delete(localId);
      for (const [ssrc, id] of this.#earOfSsrc) if (id === localId) this.#earOfSsrc.delete(ssrc);
    }
  }

  async pauseReceiving(): Promise<void> {}

  async resumeReceiving(): Promise<void> {}

  async getReceiverStats(): Promise<RTCStatsReport> {
    return new Map();
  }

  // ---- data ----------------------------------------------------------------------------------------------

  async sendDataChannel({
    sctpStreamParameters: { label, protocol, ordered, maxPacketLifeTime, maxRetransmits },
  }: HandlerSendDataChannelOptions): Promise<HandlerSendDataChannelResult> {
    const trunk = await this.#connect();
    const streamId = this.#nextStreamId++;
    const parameters = {
      streamId,
      ordered: ordered !== false,
      ...(maxPacketLifeTime !== undefined && { maxPacketLifeTime }),
      ...(maxRetransmits !== undefined && { maxRetransmits }),
    };
    const dataChannel = this.#open(trunk, streamId, { ...parameters, label: label ?? '' });
    return {
      dataChannel,
      sctpStreamParameters: { ...parameters, label: label ?? '', protocol: protocol ?? '' },
    };
  }

  async receiveDataChannel({
    sctpStreamParameters: { streamId, ordered, maxPacketLifeTime, maxRetransmits },
    label = '',
  }: HandlerReceiveDataChannelOptions): Promise<HandlerReceiveDataChannelResult> {
    const trunk = await this.#connect();
    if (streamId === undefined) throw new TypeError('a data channel without a stream');
    const dataChannel = this.#open(trunk, streamId, {
      label,
      ordered: ordered !== false,
      ...(maxPacketLifeTime !== undefined && { maxPacketLifeTime }),
      ...(maxRetransmits !== undefined && { maxRetransmits }),
    });
    return { dataChannel };
  }

  getDataChannelMaxMessageSize(): number {
    return 262_144;
  }

  #open(
    trunk: Trunk,
    id: number,
    options: { label: string; ordered: boolean; maxPacketLifeTime?: number; maxRetransmits?: number },
  ): HeadlessDataChannel {
    const { label, ordered, maxPacketLifeTime, maxRetransmits } = options;
    const config: DataChannelInitConfig = {
      negotiated: true,
      id,
      unordered: !ordered,
      ...(maxPacketLifeTime !== undefined && { maxPacketLifeTime }),
      ...(maxRetransmits !== undefined && { maxRetransmits }),
    };
    return new HeadlessDataChannel(trunk.channel(label, config), id, options);
  }

  #encoder(localId: string): Encoder {
    const encoder = this.#encoders.get(localId);
    if (!encoder) throw new Error(`nothing is sent as ${localId}`);
    return encoder;
  }

  #connect(): Promise<Trunk> {
    this.#trunk ??= this.#establish();
    return this.#trunk;
  }

  async #establish(): Promise<Trunk> {
    const trunk = new Trunk(this.#options, this.#owner.address, {
      state: (state) => {
        if (!this.#closed) this.emit('@connectionstatechange', state);
      },
      packet: (packet) => this.#received(packet),
    });
    this.#established = trunk;
    this.#owner.trunkCame(trunk);
    await new Promise<void>((resolve, reject) => {
      this.emit('@connect', { dtlsParameters: trunk.dtlsParameters }, resolve, reject);
    });
    if (!this.#closed) trunk.connect();
    return trunk;
  }

  #received(packet: Buffer): void {
    const ear = this.#ears.get(this.#earOfSsrc.get(packet.readUInt32BE(8)) ?? '');
    if (!ear) return;
    ear.heard(packet.length);
    this.#owner.received(packet, ear.track);
  }
}
