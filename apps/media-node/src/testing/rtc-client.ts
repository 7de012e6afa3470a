import type { mediaRpc, RtpParameters } from '@meridian/protocol';
import { Audio, type DataChannel, PeerConnection, type Track, Video } from 'node-datachannel';
import { clientPorts } from './client-ports.ts';

/**
 * A WebRTC endpoint for tests, with real ICE, DTLS and SRTP: enough SDP to make it talk to a transport of a
 * media node. RTP packets are made and counted here.
 */
type Transport = mediaRpc.TransportParameters;
type Consumer = mediaRpc.ConsumerCreated;
type DataConsumer = mediaRpc.DataConsumerCreated;

const CONFIG = {
  iceServers: [],
  bindAddress: '127.0.0.1',
  disableAutoNegotiation: true,
  forceMediaTransport: true,
};

const VIDEO_FEEDBACK = [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }];

/** mediasoup's payload type for padding. */
const PROBATION = 127;

/** RFC 6464; the id is ours to choose. */
const AUDIO_LEVEL = { uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: 6 } as const;

/** A channel that opens nothing but the association: it is there before the first real one is. */
const ASSOCIATION = { negotiated: true, id: 1000 };

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

/**
 * Lets a connection begin. To be called when the node has been asked to connect its transport: a DTLS ClientHello
 * that comes before is dropped, and the next one follows a second later.
 */
function begin(pc: PeerConnection, transport: Transport, mid: string): void {
  for (const c of transport.ice_candidates.filter(({ protocol }) => protocol === 'udp')) {
    pc.addRemoteCandidate(
      `candidate:${c.foundation} 1 udp ${c.priority} ${c.address} ${c.port} typ host`,
      mid,
    );
  }
}

/** The mid that our own description gave to its section of this kind. */
function midOf(pc: PeerConnection, kind: string): string {
  const sdp = pc.localDescription()?.sdp ?? '';
  return new RegExp(`m=${kind} [^]*?a=mid:(\\S+)`).exec(sdp)?.[1] ?? '';
}

function fingerprintOf(sdp: string): string {
  return /a=fingerprint:sha-256 ([0-9A-F:]+)/i.exec(sdp)?.[1] ?? '';
}

function applicationLines(transport: Transport, mid: string): string[] {
  return [
    'm=application 7 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 127.0.0.1',
    `a=mid:${mid}`,
    'a=sendrecv',
    `a=sctp-port:${transport.sctp_parameters.port}`,
    `a=max-message-size:${transport.sctp_parameters.maxMessageSize}`,
  ];
}

/** What `connect_transport` needs. */
export type ClientDtls = { role: 'client'; fingerprints: { algorithm: 'sha-256'; value: string }[] };

function dtlsOf(pc: PeerConnection): ClientDtls {
  const value = fingerprintOf(pc.localDescription()?.sdp ?? '');
  return { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] };
}

type Sent = {
  track: Track;
  kind: 'audio' | 'video';
  ssrc: number;
  sequence: number;
  timestamp: number;
  keyFrameDue: boolean;
  /** Whether it is encoded, as a real client stops and starts layers. */
  active: boolean;
};

/** Sends one audio and one video stream, and whatever data channels it opens. */
export class RtcSender {
  readonly dtls: ClientDtls;
  readonly #transport: Transport;
  readonly #pc: PeerConnection;
  readonly #streams: Sent[];
  /** When a key frame was asked for (PLI, RFC 4585 §6.3.1), by SSRC; milliseconds of performance.now(). */
  readonly keyFrameRequests: { ssrc: number; at: number }[] = [];
  /** As an encoder does: key frames only when asked. Otherwise every frame is one. */
  keyFramesOnRequest = false;
  #timer: NodeJS.Timeout | undefined;
  #reports: NodeJS.Timeout | undefined;
  #dataChannels = 0;
  /** dBov that the microphone claims, −127 (silence) to 0. */
  level = -127;
  /** Every second packet is lost on the way to the node. */
  losesHalf = false;

  /**
   * `encodings`: layers of the video; all carry the same. `data`: also an SCTP association, without which there are
   * no data channels. It gives up, and the connection with it, after some 20 s without a path.
   */
  constructor(transport: Transport, encodings = 1, data = false) {
    this.#transport = transport;
    this.#pc = new PeerConnection(`send-${names++}`, { ...CONFIG, ...clientPorts() });
    const base = 1000 + 10 * names;
    const audio = new Audio('0', 'SendOnly');
    audio.addOpusCodec(100);
    audio.addSSRC(base, 'c', 's', 'a');
    const video = new Video('1', 'SendOnly');
    video.addVP8Codec(101);
    const layers = Array.from({ length: encodings }, (_, index) => base + 1 + index);
    for (const ssrc of layers) video.addSSRC(ssrc, 'c', 's', 'v');
    const track = this.#pc.addTrack(video);
    track.onMessage((packet) => this.#feedback(packet));
    const start = { sequence: 0, timestamp: 0, keyFrameDue: true, active: true };
    this.#streams = [
      { track: this.#pc.addTrack(audio), kind: 'audio', ssrc: base, ...start },
      ...layers.map((ssrc): Sent => ({ track, kind: 'video', ssrc, ...start })),
    ];
    if (data) this.#pc.createDataChannel('association', ASSOCIATION);
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
        'm=video 7 UDP/TLS/RTP/SAVPF 101',
        'c=IN IP4 127.0.0.1',
        'a=mid:1',
        'a=recvonly',
        'a=rtcp-mux',
        'a=rtpmap:101 VP8/90000',
        ...(data ? applicationLines(transport, midOf(this.#pc, 'application')) : []),
        '',
      ].join('\r\n'),
      'answer',
    );
  }

  connect(): void {
    begin(this.#pc, this.#transport, '0');
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
      ...(kind === 'audio' ? { headerExtensions: [AUDIO_LEVEL] } : {}),
      encodings: this.#streams.filter((stream) => stream.kind === kind).map(({ ssrc }) => ({ ssrc })),
      rtcp: { cname: 'c' },
    };
  }

  /** Packets every 20 ms; every video packet is a whole VP8 frame. */
  start(): void {
    this.#timer = setInterval(() => {
      for (const stream of this.#streams) this.#sendPacket(stream);
    }, 20);
    // A receiver needs them to switch between encodings, whose timestamps begin where they like.
    this.#reports = setInterval(() => {
      for (const stream of this.#streams) if (stream.active) sendReport(stream);
    }, 500);
  }

  /** Sends so many layers of the video, from the smallest. One that begins again begins with a key frame. */
  setLayers(count: number): void {
    const layers = this.#streams.filter((stream) => stream.kind === 'video');
    for (const [index, stream] of layers.entries()) {
      const active = index < count;
      if (active && !stream.active) stream.keyFrameDue = true;
      stream.active = active;
    }
  }

  /** Packets of the video that have been sent, by layer. */
  get sentByLayer(): number[] {
    return this.#streams.filter((stream) => stream.kind === 'video').map(({ sequence }) => sequence);
  }

  /** A channel that is negotiated by the media RPC; returns what `produce_data` needs with it. */
  openChannel(label: string): { channel: DataChannel; streamId: number } {
    const streamId = this.#dataChannels++;
    return { channel: this.#pc.createDataChannel(label, { negotiated: true, id: streamId }), streamId };
  }

  close(): void {
    clearInterval(this.#timer);
    clearInterval(this.#reports);
    this.#pc.close();
  }

  #feedback(packets: Buffer): void {
    // A compound packet (RFC 3550 §6.1).
    for (let at = 0; at + 12 <= packets.length; at += 4 * (packets.readUInt16BE(at + 2) + 1)) {
      if (packets[at + 1] !== 206 || ((packets[at] ?? 0) & 0x1f) !== 1) continue;
      const ssrc = packets.readUInt32BE(at + 8);
      this.keyFrameRequests.push({ ssrc, at: performance.now() });
      const stream = this.#streams.find((one) => one.ssrc === ssrc);
      if (stream !== undefined) stream.keyFrameDue = true;
    }
  }

  #sendPacket(stream: Sent): void {
    if (!stream.track.isOpen() || !stream.active) return;
    const isAudio = stream.kind === 'audio';
    const packet = Buffer.alloc(isAudio ? 220 : 212);
    packet[0] = isAudio ? 0x90 : 0x80;
    packet[1] = isAudio ? 100 : 101 | 0x80;
    packet.writeUInt16BE(stream.sequence++ & 0xffff, 2);
    stream.timestamp += isAudio ? 960 : 1800;
    packet.writeUInt32BE(stream.timestamp, 4);
    packet.writeUInt32BE(stream.ssrc, 8);
    if (isAudio) {
      // One header extension of one byte (RFC 8285 §4.2).
      packet.writeUInt32BE(0xbede0001, 12);
      packet[16] = AUDIO_LEVEL.id << 4;
      packet[17] = -this.level;
    }
    // VP8 payload descriptor: start of partition 0; the lowest bit behind it is 0 for a key frame (RFC 7741 §4).
    if (!isAudio) {
      packet[12] = 0x10;
      packet[13] = this.keyFramesOnRequest && !stream.keyFrameDue ? 1 : 0;
      stream.keyFrameDue = false;
    }
    if (!this.losesHalf || stream.sequence % 2 === 0) send(stream.track, packet);
  }
}

/** Its thread may close the track at any moment: what is sent too late is lost. */
function send(track: Track, packet: Buffer): void {
  try {
    track.sendMessageBinary(packet);
  } catch (error) {
    if (track.isOpen()) throw error;
  }
}

/** Says when its last packet was (RFC 3550 §6.4.1). */
function sendReport({ track, ssrc, timestamp, sequence }: Sent): void {
  if (!track.isOpen()) return;
  const packet = Buffer.alloc(28);
  packet.writeUInt32BE(0x80c80006, 0);
  packet.writeUInt32BE(ssrc, 4);
  const now = Date.now();
  packet.writeUInt32BE(Math.floor(now / 1000) + 2_208_988_800, 8);
  packet.writeUInt32BE(Math.floor(((now % 1000) / 1000) * 2 ** 32), 12);
  packet.writeUInt32BE(timestamp, 16);
  packet.writeUInt32BE(sequence, 20);
  packet.writeUInt32BE(200 * sequence, 24);
  send(track, packet);
}

/** Receives consumers and counts their packets. */
export class RtcReceiver {
  readonly #transport: Transport;
  readonly #pc: PeerConnection;
  readonly #consumers: Consumer[] = [];
  readonly #packets = new Map<string, number>();
  readonly #tracks: Track[] = [];
  readonly #channels: DataChannel[] = [];

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#pc = new PeerConnection(`recv-${names++}`, { ...CONFIG, ...clientPorts() });
    this.#pc.onTrack((track) => {
      this.#tracks.push(track);
      const mid = track.mid();
      track.onMessage((packet) => {
        // RTCP of the same transport arrives here, too (RFC 5761 §4), and padding by which mediasoup tries how much
        // the path carries.
        const type = packet.readUInt8(1) & 0x7f;
        const isRtcp = type >= 64 && type <= 95;
        if (isRtcp || type === PROBATION) return;
        this.#packets.set(mid, (this.#packets.get(mid) ?? 0) + 1);
      });
    });
  }

  /** Adds a consumer. Returns what `connect_transport` needs. */
  add(consumer: Consumer): ClientDtls {
    this.#consumers.push(consumer);
    return this.negotiate();
  }

  connect(): void {
    begin(this.#pc, this.#transport, 'data');
  }

  /** Agrees on what there is, which without consumers is data alone. Returns what `connect_transport` needs. */
  negotiate(): ClientDtls {
    this.#pc.setRemoteDescription(this.#offer(), 'offer');
    this.#pc.setLocalDescription('answer');
    return dtlsOf(this.#pc);
  }

  /** Takes the messages of a data consumer, from the moment its association is up. */
  listen(
    { label, sctp_stream_parameters }: DataConsumer,
    message: (data: string | Buffer) => void,
  ): DataChannel {
    const channel = this.#pc.createDataChannel(label, {
      negotiated: true,
      id: sctp_stream_parameters.streamId,
    });
    channel.onMessage((data) => message(data instanceof ArrayBuffer ? Buffer.from(data) : data));
    this.#channels.push(channel);
    return channel;
  }

  packets(consumer: Consumer): number {
    return this.#packets.get(consumer.rtp_parameters.mid ?? '') ?? 0;
  }

  close(): void {
    this.#pc.close();
  }

  #offer(): string {
    const lines = [...sessionLines(this.#transport, 'actpass'), ...applicationLines(this.#transport, 'data')];
    this.#consumers.forEach((consumer) => {
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
      );
    });
    return [...lines, ''].join('\r\n');
  }
}
