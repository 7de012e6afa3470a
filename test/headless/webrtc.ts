import type { mediaRpc, RtpParameters } from '@meridian/protocol';
import { Audio, PeerConnection, type Track, Video } from 'node-datachannel';
import { clientPorts } from '../../apps/media-node/src/testing/client-ports.ts';
import { AUDIO_LEVEL_ID, isRtcp, OPUS, VP8 } from '../media/rtp.ts';
import { until } from '../poll.ts';

/**
 * Both ends of a client's media without a browser: real ICE, DTLS and SRTP, and as much SDP as it takes to make
 * the library talk to a mediasoup transport. What is sent and received are whole RTP packets.
 */
export type ServerTransport = Pick<
  mediaRpc.TransportParameters,
  'transport_id' | 'ice_parameters' | 'ice_candidates' | 'dtls_parameters'
>;

/** What a receiver has to know of a consumer. */
export type Incoming = Pick<mediaRpc.ConsumerCreated, 'consumer_id' | 'kind' | 'rtp_parameters'>;

export type ClientDtls = { role: 'client'; fingerprints: { algorithm: 'sha-256'; value: string }[] };

const CONFIG = {
  iceServers: [],
  bindAddress: '127.0.0.1',
  disableAutoNegotiation: true,
  forceMediaTransport: true,
};
const CONNECT_TIMEOUT = 15_000;

/** Until closed: the library ends a connection that is garbage-collected. */
const alive = new Set<PeerConnection>();

function connection(name: string): PeerConnection {
  const pc = new PeerConnection(name, { ...CONFIG, ...clientPorts() });
  alive.add(pc);
  return pc;
}

function close(pc: PeerConnection): void {
  alive.delete(pc);
  pc.close();
}

let created = 0;

/** SSRCs of what a client sends. Unique in this process; on the wire each transport has its own. */
export type Outgoing = { audio: number; video: number[] };

export function newOutgoing(layers: number): Outgoing {
  created += 1;
  const base = 10_000 + created * 10;
  return { audio: base, video: Array.from({ length: layers }, (_, layer) => base + 1 + layer) };
}

/** The client's sending transport. */
export class Uplink {
  readonly dtls: ClientDtls;
  readonly #pc: PeerConnection;
  readonly #audio: Track;
  readonly #video: Track;

  constructor(transport: ServerTransport, { audio, video }: Outgoing) {
    this.#pc = connection(`up-${audio}`);
    const microphone = new Audio('0', 'SendOnly');
    microphone.addOpusCodec(OPUS.payloadType);
    microphone.addSSRC(audio, 'c', 's', 'a');
    const camera = new Video('1', 'SendOnly');
    camera.addVP8Codec(VP8.payloadType);
    for (const ssrc of video) camera.addSSRC(ssrc, 'c', 's', 'v');
    this.#audio = this.#pc.addTrack(microphone);
    this.#video = this.#pc.addTrack(camera);
    this.#pc.setLocalDescription('offer');
    this.dtls = dtlsOf(this.#pc);
    const answer = [
      ...sessionLines(transport, 'passive'),
      ...mediaLines('audio', '0', OPUS.payloadType, 'opus/48000/2', 'recvonly'),
      ...candidateLines(transport),
      ...mediaLines('video', '1', VP8.payloadType, 'VP8/90000', 'recvonly'),
    ];
    this.#pc.setRemoteDescription(sdp(answer), 'answer');
  }

  connected(): Promise<unknown> {
    return connected(this.#pc, 'the sending transport');
  }

  /** RTP or RTCP. */
  sendAudio(packet: Buffer): void {
    this.#audio.sendMessageBinary(packet);
  }

  sendVideo(packet: Buffer): void {
    this.#video.sendMessageBinary(packet);
  }

  close(): void {
    close(this.#pc);
  }
}

/** The client's receiving transport. */
export class Downlink {
  /** RTP packets that have arrived. */
  packets = 0;
  readonly #transport: ServerTransport;
  readonly #pc: PeerConnection;
  readonly #tracks: Track[] = [];
  readonly #onPacket: (packet: Buffer) => void;

  constructor(transport: ServerTransport, onPacket: (packet: Buffer) => void = () => {}) {
    this.#transport = transport;
    this.#onPacket = onPacket;
    this.#pc = connection(`down-${++created}`);
    this.#pc.onTrack((track) => {
      // Kept, or it would be collected.
      this.#tracks.push(track);
      track.onMessage((packet) => {
        if (isRtcp(packet)) return;
        this.packets += 1;
        this.#onPacket(packet);
      });
    });
  }

  /** Sets all that is to come up, once. Returns what the server needs to connect the transport. */
  receive(incoming: readonly Incoming[]): ClientDtls {
    const lines = sessionLines(this.#transport, 'actpass');
    incoming.forEach(({ kind, rtp_parameters: { mid, codecs, encodings } }, index) => {
      const codec = codecs[0];
      const [, name] = codec?.mimeType.split('/') ?? [];
      const format = `${name}/${codec?.clockRate}${codec?.channels ? `/${codec.channels}` : ''}`;
      lines.push(
        ...mediaLines(kind, mid ?? '', codec?.payloadType ?? 0, format, 'sendonly'),
        `a=ssrc:${encodings?.[0]?.ssrc} cname:c`,
        ...(index === 0 ? candidateLines(this.#transport) : []),
      );
    });
    this.#pc.setRemoteDescription(sdp(lines), 'offer');
    this.#pc.setLocalDescription('answer');
    return dtlsOf(this.#pc);
  }

  connected(): Promise<unknown> {
    return connected(this.#pc, 'the receiving transport');
  }

  close(): void {
    close(this.#pc);
  }
}

/** The same endpoints without a server between them. */
export async function directPath(outgoing: Outgoing, onPacket: (packet: Buffer) => void) {
  const from = connection(`from-${++created}`);
  const to = connection(`to-${created}`);
  const camera = new Video('0', 'SendOnly');
  camera.addVP8Codec(VP8.payloadType);
  for (const ssrc of outgoing.video) camera.addSSRC(ssrc, 'c', 's', 'v');
  const track = from.addTrack(camera);
  const tracks: Track[] = [];
  to.onTrack((arriving) => {
    tracks.push(arriving);
    arriving.onMessage((packet) => {
      if (!isRtcp(packet)) onPacket(packet);
    });
  });
  const gathered = (pc: PeerConnection) =>
    until('candidates', CONNECT_TIMEOUT, () => pc.gatheringState() === 'complete' && pc.localDescription());
  from.setLocalDescription('offer');
  to.setRemoteDescription((await gathered(from)).sdp, 'offer');
  to.setLocalDescription('answer');
  from.setRemoteDescription((await gathered(to)).sdp, 'answer');
  await connected(from, 'the direct path');
  return {
    send: (packet: Buffer) => track.sendMessageBinary(packet),
    close: () => {
      close(from);
      close(to);
    },
  };
}

/** What `produce` says about the microphone or the camera. */
export function outgoingParameters(kind: 'audio' | 'video', { audio, video }: Outgoing): RtpParameters {
  const rtcp = { cname: 'c' };
  if (kind === 'audio') {
    return {
      codecs: [{ mimeType: 'audio/opus', ...OPUS, channels: 2 }],
      headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: AUDIO_LEVEL_ID }],
      encodings: [{ ssrc: audio }],
      rtcp,
    };
  }
  const rtcpFeedback = [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }];
  return {
    codecs: [{ mimeType: 'video/VP8', ...VP8, rtcpFeedback }],
    encodings: video.map((ssrc) => ({ ssrc })),
    rtcp,
  };
}

function sessionLines(transport: ServerTransport, setup: 'actpass' | 'passive'): string[] {
  const fingerprint = transport.dtls_parameters.fingerprints.find((one) => one.algorithm === 'sha-256');
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=fingerprint:sha-256 ${fingerprint?.value}`,
    `a=ice-ufrag:${transport.ice_parameters.usernameFragment}`,
    `a=ice-pwd:${transport.ice_parameters.password}`,
    `a=setup:${setup}`,
  ];
}

function mediaLines(kind: string, mid: string, payloadType: number, format: string, direction: string) {
  return [
    `m=${kind} 7 UDP/TLS/RTP/SAVPF ${payloadType}`,
    'c=IN IP4 127.0.0.1',
    `a=mid:${mid}`,
    `a=${direction}`,
    'a=rtcp-mux',
    `a=rtpmap:${payloadType} ${format}`,
  ];
}

function candidateLines(transport: ServerTransport): string[] {
  return transport.ice_candidates
    .filter(({ protocol }) => protocol === 'udp')
    .map(
      ({ foundation, priority, address, port }) =>
        `a=candidate:${foundation} 1 udp ${priority} ${address} ${port} typ host`,
    );
}

const sdp = (lines: string[]) => [...lines, ''].join('\r\n');

function dtlsOf(pc: PeerConnection): ClientDtls {
  const [, value = ''] = /a=fingerprint:sha-256 ([0-9A-F:]+)/i.exec(pc.localDescription()?.sdp ?? '') ?? [];
  return { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] };
}

function connected(pc: PeerConnection, what: string): Promise<unknown> {
  return until(what, CONNECT_TIMEOUT, () => pc.state() === 'connected');
}
