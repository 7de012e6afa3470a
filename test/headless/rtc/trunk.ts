import type { ConnectionState, DtlsParameters, IceCandidate, IceParameters } from 'mediasoup-client/types';
import {
  Audio,
  type DataChannel,
  type DataChannelInitConfig,
  PeerConnection,
  type Track,
} from 'node-datachannel';
import { clientPorts } from '../../../apps/media-node/src/testing/client-ports.ts';
import { isRtcp, OPUS } from '../../media/rtp.ts';

/** What a client has to know of the node's end of a transport. */
export type RemoteEnd = {
  readonly iceParameters: IceParameters;
  readonly iceCandidates: IceCandidate[];
  readonly dtlsParameters: DtlsParameters;
};

export type TrunkHandlers = {
  readonly state: (state: ConnectionState) => void;
  readonly packet: (packet: Buffer) => void;
};

/** Never sent on; its section in the SDP lets data channels follow without negotiating again. */
const SPARE_CHANNEL = 1_022;
const MTU = 1_400;

/** Until closed: the library ends a connection that is garbage-collected. */
const alive = new Set<PeerConnection>();
let created = 0;

/**
 * Real ICE, DTLS, SRTP and SCTP to one transport of a node, negotiated once. There is one section for all media: the
 * library hands over whole RTP packets whatever it says, so streams come and go without SDP.
 */
export class Trunk {
  readonly dtlsParameters: DtlsParameters;
  readonly #remote: RemoteEnd;
  readonly #pc: PeerConnection;
  readonly #track: Track;
  packetsSent = 0;
  packetsReceived = 0;

  constructor(remote: RemoteEnd, bindAddress: string, handlers: TrunkHandlers) {
    this.#remote = remote;
    this.#pc = new PeerConnection(`trunk-${++created}`, {
      iceServers: [],
      bindAddress,
      ...clientPorts(),
      disableAutoNegotiation: true,
      forceMediaTransport: true,
      mtu: MTU,
    });
    alive.add(this.#pc);
    this.#pc.onStateChange((state) => handlers.state(stateOf(state)));
    const media = new Audio('0', 'SendRecv');
    media.addOpusCodec(OPUS.payloadType);
    this.#track = this.#pc.addTrack(media);
    this.#track.onMessage((packet) => {
      this.packetsReceived += 1;
      if (!isRtcp(packet)) handlers.packet(packet);
    });
    this.channel('', { negotiated: true, id: SPARE_CHANNEL });
    this.#pc.setLocalDescription('offer');
    this.dtlsParameters = { role: 'client', fingerprints: [fingerprintOf(this.#pc)] };
  }

  get roundTripMs(): number | null {
    const rtt = this.#pc.rtt();
    return rtt > 0 ? rtt : null;
  }

  get connected(): boolean {
    return this.#pc.state() === 'connected';
  }

  /** For whoever has to find out why nothing arrives. */
  get description(): string {
    const [end] = this.#remote.iceCandidates;
    const counts = `${this.packetsSent} packets sent, ${this.packetsReceived} received`;
    return `to ${end?.address}:${end?.port} ${this.#pc.state()}, ICE ${this.#pc.iceState()}, ${counts}`;
  }

  /** Once the node knows our fingerprint or will in time. */
  connect(): void {
    this.#pc.setRemoteDescription(answerOf(this.#remote), 'answer');
  }

  channel(label: string, config: DataChannelInitConfig): DataChannel {
    return this.#pc.createDataChannel(label, config);
  }

  /** RTP or RTCP. What is sent before it is connected is lost. */
  send(packet: Buffer): void {
    if (!this.#track.isOpen()) return;
    this.packetsSent += 1;
    try {
      this.#track.sendMessageBinary(packet);
    } catch (error) {
      // The library's thread may have closed it meanwhile.
      if (this.#track.isOpen()) throw error;
    }
  }

  close(): void {
    if (!alive.delete(this.#pc)) return;
    this.#pc.close();
  }
}

/** mediasoup's answer, as far as the library looks at it (ICE lite, DTLS server). */
function answerOf({ iceParameters, iceCandidates, dtlsParameters }: RemoteEnd): string {
  const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    'a=group:BUNDLE 0 1',
    `a=fingerprint:sha-256 ${fingerprint?.value}`,
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    'a=setup:passive',
    `m=audio 7 UDP/TLS/RTP/SAVPF ${OPUS.payloadType}`,
    'c=IN IP4 127.0.0.1',
    'a=mid:0',
    'a=sendrecv',
    'a=rtcp-mux',
    `a=rtpmap:${OPUS.payloadType} opus/48000/2`,
    ...iceCandidates
      .filter(({ protocol }) => protocol === 'udp')
      .map(
        ({ foundation, priority, address, port }) =>
          `a=candidate:${foundation} 1 udp ${priority} ${address} ${port} typ host`,
      ),
    'm=application 7 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 127.0.0.1',
    'a=mid:1',
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    '',
  ];
  return lines.join('\r\n');
}

function fingerprintOf(pc: PeerConnection) {
  const [, value] = /a=fingerprint:sha-256 ([0-9A-F:]+)/i.exec(pc.localDescription()?.sdp ?? '') ?? [];
  if (value === undefined) throw new Error('an offer without a fingerprint');
  return { algorithm: 'sha-256', value } as const;
}

function stateOf(state: string): ConnectionState {
  switch (state) {
    case 'new':
    case 'connecting':
    case 'connected':
    case 'disconnected':
    case 'failed':
    case 'closed':
      return state;
    default:
      throw new Error(`an unknown state of a connection: ${state}`);
  }
}
