import type { mediaRpc, RtpParameters } from '@meridian/protocol';
import { Audio, PeerConnection, type Track, Video } from 'node-datachannel';

/**
 * A WebRTC endpoint for tests, with real ICE, DTLS and SRTP: enough SDP to make it talk to a transport of a
 * media node. RTP packets are made and counted here.
 */
type Transport = mediaRpc.TransportParameters;
type Consumer = mediaRpc.ConsumerCreated;

const CONFIG = {
  iceServers: [],
  bindAddress: '127.0.0.1',
  disableAutoNegotiation: true,
  forceMediaTransport: true,
};

const VIDEO_FEEDBACK = [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }];

let names = 0;

function sessionLines(transport: Transport, setup: 'actpass' | 'passive'): string[] {
  const fingerprint = transport.dtls_parameters.fingerprints.find((f) => f.algorithm === 'sha-256');
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=fingerprint:sha-256 ${fingerprint?.value ?? ''}`,
    `a=ice-ufrag:${transport.ice_parameters.usernameFragment}`,
    `a=ice-pwd:${transport.ice_parameters.password}`,
    `a=setup:${setup}`,
  ];
}

function candidateLines(transport: Transport): string[] {
  return transport.ice_candidates
    .filter((c) => c.protocol === 'udp')
    .map((c) => `a=candidate:${c.foundation} 1 udp ${c.priority} ${c.address} ${c.port} typ host`);
}

function fingerprintOf(sdp: string): string {
  return /a=fingerprint:sha-256 ([0-9A-F:]+)/i.exec(sdp)?.[1] ?? '';
}

/** What `connect_transport` needs. */
export type ClientDtls = { role: 'client'; fingerprints: { algorithm: 'sha-256'; value: string }[] };

function dtlsOf(pc: PeerConnection): ClientDtls {
  const value = fingerprintOf(pc.localDescription()?.sdp ?? '');
  return { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] };
}

type Sent = { track: Track; kind: 'audio' | 'video'; ssrc: number; sequence: number; timestamp: number };

/** Sends one audio and one video stream. */
export class RtcSender {
  readonly dtls: ClientDtls;
  readonly #pc: PeerConnection;
  readonly #streams: Sent[];
  #timer: NodeJS.Timeout | undefined;

  /** `encodings`: layers of the video; all carry the same. */
  constructor(transport: Transport, encodings = 1) {
    this.#pc = new PeerConnection(`send-${names++}`, CONFIG);
    const base = 1000 + 10 * names;
    const audio = new Audio('0', 'SendOnly');
    audio.addOpusCodec(100);
    audio.addSSRC(base, 'c', 's', 'a');
    const video = new Video('1', 'SendOnly');
    video.addVP8Codec(101);
    const layers = Array.from({ length: encodings }, (_, index) => base + 1 + index);
    for (const ssrc of layers) video.addSSRC(ssrc, 'c', 's', 'v');
    const track = this.#pc.addTrack(video);
    const start = { sequence: 0, timestamp: 0 };
    this.#streams = [
      { track: this.#pc.addTrack(audio), kind: 'audio', ssrc: base, ...start },
      ...layers.map((ssrc): Sent => ({ track, kind: 'video', ssrc, ...start })),
    ];
    this.#pc.setLocalDescription('offer');
    this.dtls = dtlsOf(this.#pc);
    this.#pc.setRemoteDescription(
      [
        ...sessionLines(transport, 'passive'),
        'm=audio 7 UDP/TLS/RTP/SAVPF 100',
        'c=IN IP4 127.0.0.1',
        'a=mid:0',
        'a=recvonly',
        'a=rtcp-mux',
        'a=rtpmap:100 opus/48000/2',
        ...candidateLines(transport),
        'm=video 7 UDP/TLS/RTP/SAVPF 101',
        'c=IN IP4 127.0.0.1',
        'a=mid:1',
        'a=recvonly',
        'a=rtcp-mux',
        'a=rtpmap:101 VP8/90000',
        '',
      ].join('\r\n'),
      'answer',
    );
  }

  get encodings(): number {
    return this.#streams.filter((stream) => stream.kind === 'video').length;
  }

  get connected(): boolean {
    return this.#pc.state() === 'connected';
  }

  parameters(kind: 'audio' | 'video'): RtpParameters {
    return {
      codecs: [
        kind === 'audio'
          ? { mimeType: 'audio/opus', payloadType: 100, clockRate: 48000, channels: 2 }
          : { mimeType: 'video/VP8', payloadType: 101, clockRate: 90000, rtcpFeedback: VIDEO_FEEDBACK },
      ],
      encodings: this.#streams.filter((stream) => stream.kind === kind).map(({ ssrc }) => ({ ssrc })),
      rtcp: { cname: 'c' },
    };
  }

  /** Packets every 20 ms; every video packet is a VP8 key frame. */
  start(): void {
    this.#timer = setInterval(() => {
      for (const stream of this.#streams) this.#sendPacket(stream);
    }, 20);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#pc.close();
  }

  #sendPacket(stream: Sent): void {
    if (!stream.track.isOpen()) return;
    const packet = Buffer.alloc(212);
    packet[0] = 0x80;
    packet[1] = stream.kind === 'audio' ? 100 : 101 | 0x80;
    packet.writeUInt16BE(stream.sequence++ & 0xffff, 2);
    stream.timestamp += stream.kind === 'audio' ? 960 : 1800;
    packet.writeUInt32BE(stream.timestamp, 4);
    packet.writeUInt32BE(stream.ssrc, 8);
    // VP8 payload descriptor: start of partition 0; the zero byte behind it says key frame (RFC 7741 §4).
    if (stream.kind === 'video') packet[12] = 0x10;
    stream.track.sendMessageBinary(packet);
  }
}

/** Receives consumers and counts their packets. */
export class RtcReceiver {
  readonly #transport: Transport;
  readonly #pc: PeerConnection;
  readonly #consumers: Consumer[] = [];
  readonly #packets = new Map<string, number>();
  readonly #tracks: Track[] = [];

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#pc = new PeerConnection(`recv-${names++}`, CONFIG);
    this.#pc.onTrack((track) => {
      this.#tracks.push(track);
      const mid = track.mid();
      track.onMessage((packet) => {
        // RTCP of the same transport arrives here, too (RFC 5761 §4).
        const type = packet.readUInt8(1) & 0x7f;
        if (type < 64 || type > 95) this.#packets.set(mid, (this.#packets.get(mid) ?? 0) + 1);
      });
    });
  }

  /** Adds a consumer; the first one brings the transport up. Returns what `connect_transport` needs. */
  add(consumer: Consumer): ClientDtls {
    this.#consumers.push(consumer);
    this.#pc.setRemoteDescription(this.#offer(), 'offer');
    this.#pc.setLocalDescription('answer');
    return dtlsOf(this.#pc);
  }

  packets(consumer: Consumer): number {
    return this.#packets.get(consumer.rtp_parameters.mid ?? '') ?? 0;
  }

  close(): void {
    this.#pc.close();
  }

  #offer(): string {
    const lines = sessionLines(this.#transport, 'actpass');
    this.#consumers.forEach((consumer, index) => {
      const codec = consumer.rtp_parameters.codecs[0];
      const name = codec?.mimeType.split('/')[1];
      const channels = codec?.channels === undefined ? '' : `/${codec.channels}`;
      lines.push(
        `m=${consumer.kind} 7 UDP/TLS/RTP/SAVPF ${codec?.payloadType}`,
        'c=IN IP4 127.0.0.1',
        `a=mid:${consumer.rtp_parameters.mid}`,
        'a=sendonly',
        'a=rtcp-mux',
        `a=rtpmap:${codec?.payloadType} ${name}/${codec?.clockRate}${channels}`,
        `a=ssrc:${consumer.rtp_parameters.encodings?.[0]?.ssrc} cname:c`,
        ...(index === 0 ? candidateLines(this.#transport) : []),
      );
    });
    return [...lines, ''].join('\r\n');
  }
}
