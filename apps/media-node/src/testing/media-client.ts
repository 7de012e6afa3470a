import {
  CAPS_VERSION,
  encode,
  LIMITS,
  MeridianError,
  mediaRpc,
  parseFrame,
  ROUTER_RTP_CAPABILITIES,
  type RtpCapabilities,
  type Source,
} from '@meridian/protocol';
import type { DataChannel } from 'node-datachannel';
import { WebSocket } from 'ws';
import { type ClientDtls, RtcReceiver, RtcSender } from './rtc-client.ts';
import { until } from './until.ts';

type Message<T extends mediaRpc.NodeToClient['type']> = Extract<mediaRpc.NodeToClient, { type: T }>;
type Body = Parameters<typeof encode<mediaRpc.ClientToNode>>[0];

const LAYERS = [
  { w: 320, h: 180, bps: 150_000 },
  { w: 640, h: 360, bps: 500_000 },
  { w: 1280, h: 720, bps: 1_500_000 },
];

/** A participant for tests: speaks the media RPC and sends and receives real RTP. */
export class MediaClient {
  readonly received: mediaRpc.NodeToClient[] = [];
  socket: WebSocket;
  sender: RtcSender | null = null;
  receiver: RtcReceiver | null = null;
  closeCode: number | null = null;
  #welcome: mediaRpc.Welcome | null = null;
  #ref = 0;
  #recvConnected = false;
  #attempt = 0;

  static async open(url: string): Promise<MediaClient> {
    return new MediaClient(await connect(url));
  }

  /** Opens, says hello, brings the sending transport up, and begins to send. */
  static async join(url: string, token: string, encodings = 1): Promise<MediaClient> {
    const client = await MediaClient.#connect(url, token, encodings, 'active');
    client.sender?.start();
    return client;
  }

  /** The same as a standby, which sends nothing before activate(). */
  static prepare(url: string, token: string, encodings = 1): Promise<MediaClient> {
    return MediaClient.#connect(url, token, encodings, 'standby');
  }

  static async #connect(
    url: string,
    token: string,
    encodings: number,
    mode: 'active' | 'standby',
  ): Promise<MediaClient> {
    const client = await MediaClient.open(url);
    const welcome = await client.hello(token, mode);
    const sender = new RtcSender(welcome.send_transport, encodings, true);
    client.sender = sender;
    client.receiver = new RtcReceiver(welcome.recv_transport);
    await client.request({
      type: 'connect_transport',
      transport_id: welcome.send_transport.transport_id,
      dtls_parameters: sender.dtls,
    });
    sender.connect();
    await until('the sending transport', () => sender.connected);
    return client;
  }

  /** `received_bitrate`: at the node before. `waits`: its camera, of which one layer was watched, until somebody can take it. */
  async activate({
    received_bitrate,
    waits,
  }: {
    received_bitrate?: number;
    waits?: boolean;
  } = {}): Promise<void> {
    const watched = waits ? [{ source: 'camera' as const, layers: 1 }] : [];
    await this.request({ type: 'activate', watched, waits, received_bitrate });
    this.sender?.start();
  }

  /** Opens, says hello, and only receives. */
  static async watch(
    url: string,
    token: string,
    capabilities: RtpCapabilities = ROUTER_RTP_CAPABILITIES,
  ): Promise<MediaClient> {
    const client = await MediaClient.open(url);
    const welcome = await client.hello(token, 'active', capabilities);
    client.receiver = new RtcReceiver(welcome.recv_transport);
    return client;
  }

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.#listen(socket);
  }

  /** Takes the session up again over another socket, as one that has received so much, with this key. */
  async resume(
    url: string,
    { received = this.heard, key = this.welcome.resume_key, attempt = this.#attempt + 1 } = {},
  ): Promise<number> {
    this.#attempt = attempt;
    const socket = await connect(url);
    this.socket = socket;
    this.closeCode = null;
    this.#listen(socket);
    const answer = await this.request({ type: 'resume_session', key: key ?? '', received, attempt });
    if (answer.type !== 'session_resumed') throw new Error(`expected session_resumed, got ${answer.type}`);
    return answer.received;
  }

  /** How many messages it has received, as both sides count them. */
  get heard(): number {
    return this.received.filter(({ type }) => type !== 'pong' && type !== 'session_resumed').length;
  }

  #listen(socket: WebSocket): void {
    socket.on('message', (data) => {
      const parsed = parseFrame(mediaRpc.NodeToClient, data.toString(), LIMITS.linkFrameBytes);
      if (!parsed.ok) throw parsed.error;
      const { message } = parsed;
      this.received.push(message);
      if (message.type === 'publish_layers') this.sender?.setLayers(message.layers);
    });
    socket.on('error', () => {});
    socket.on('close', (code) => {
      if (socket === this.socket) this.closeCode = code;
    });
  }

  get welcome(): mediaRpc.Welcome {
    if (this.#welcome === null) throw new Error('not welcome yet');
    return this.#welcome;
  }

  async hello(
    token: string,
    mode: 'active' | 'standby' = 'active',
    capabilities: RtpCapabilities = ROUTER_RTP_CAPABILITIES,
  ): Promise<mediaRpc.Welcome> {
    const answer = await this.request({
      type: 'hello',
      token,
      caps_version: CAPS_VERSION,
      transport: 'webrtc',
      mode,
      rtp_capabilities: capabilities,
    });
    if (answer.type !== 'welcome') throw new Error(`expected welcome, got ${answer.type}`);
    this.#welcome = answer;
    return answer;
  }

  /** Sends a request and waits for its answer; an `error` is thrown. */
  async request(body: Body): Promise<mediaRpc.NodeToClient> {
    this.#ref += 1;
    const ref = `request-${this.#ref}`;
    this.socket.send(encode<mediaRpc.ClientToNode>({ ...body, ref }));
    let answer: mediaRpc.NodeToClient | undefined;
    await until(`the answer to ${body.type}`, () => {
      answer = this.received.find((message) => message.ref === ref);
      return answer !== undefined || this.closeCode !== null;
    });
    if (answer === undefined)
      throw new Error(`closed with ${this.closeCode} before ${body.type} was answered`);
    if (answer.type === 'error') throw new MeridianError(answer.code, answer.message);
    return answer;
  }

  async publish(source: Source, paused = false): Promise<Message<'produced'>> {
    const kind = source === 'camera' || source === 'screen' ? 'video' : 'audio';
    const sender = this.sender;
    if (sender === null) throw new Error('no sender');
    const answer = await this.request({
      type: 'produce',
      source,
      rtp_parameters: sender.parameters(kind),
      layers: LAYERS.slice(0, kind === 'video' ? sender.encodings : 0),
      paused,
    });
    if (answer.type !== 'produced') throw new Error(`expected produced, got ${answer.type}`);
    return answer;
  }

  async watch(
    version: number,
    streamIds: string[],
    more: { width?: number; height?: number; pinned?: boolean } = {},
  ): Promise<void> {
    await this.request({
      type: 'subscribe',
      version,
      streams: streamIds.map((stream_id) => ({
        stream_id,
        width: 640,
        height: 360,
        priority: 10,
        pinned: false,
        ...more,
      })),
    });
  }

  all<T extends mediaRpc.NodeToClient['type']>(type: T): Message<T>[] {
    return this.received.filter((message): message is Message<T> => message.type === type);
  }

  /** Waits for the consumer of a stream (of at least this generation), sets it up and lets it flow. */
  async receive(streamId: string, generation = 0): Promise<mediaRpc.ConsumerCreated> {
    const closed = (id: string) => this.all('consumer_closed').some((c) => c.consumer_id === id);
    const find = () =>
      this.all('consumer').find(
        (c) => c.stream_id === streamId && c.generation >= generation && !closed(c.consumer_id),
      );
    await until(`the consumer of ${streamId}`, () => find() !== undefined);
    const consumer = find();
    if (consumer === undefined) throw new Error('no consumer');
    await this.setUp(consumer);
    return consumer;
  }

  /** Sets a consumer up and lets it flow. */
  async setUp(consumer: mediaRpc.ConsumerCreated): Promise<void> {
    const receiver = this.receiver;
    if (receiver === null) throw new Error('no receiver');
    await this.#connectReceiver(receiver.add(consumer));
    await this.request({ type: 'consumer_ready', consumer_id: consumer.consumer_id });
  }

  /** Opens a data channel to everybody; resolves when messages can be sent. */
  async openChannel(label: string): Promise<DataChannel> {
    const sender = this.sender;
    if (sender === null) throw new Error('no sender');
    const { channel, streamId } = sender.openChannel(label);
    await this.request({ type: 'produce_data', label, sctp_stream_parameters: { streamId, ordered: true } });
    await until(`the data channel ${label}`, () => channel.isOpen());
    return channel;
  }

  /** Waits for somebody's data channel; returns what arrives on it from then on. */
  async listen(label: string, participantId?: string): Promise<(string | Buffer)[]> {
    const find = () =>
      this.all('data_consumer').findLast(
        (c) => c.label === label && (participantId === undefined || c.participant_id === participantId),
      );
    await until(`the data consumer of ${label}`, () => find() !== undefined);
    const consumer = find();
    const receiver = this.receiver;
    if (consumer === undefined || receiver === null) throw new Error('no data consumer');
    const messages: (string | Buffer)[] = [];
    if (!this.#recvConnected) await this.#connectReceiver(receiver.negotiate());
    const channel = receiver.listen(consumer, (message) => messages.push(message));
    await until(`the receiving end of ${label}`, () => channel.isOpen());
    return messages;
  }

  async #connectReceiver(dtls: ClientDtls): Promise<void> {
    if (this.#recvConnected) return;
    this.#recvConnected = true;
    await this.request({
      type: 'connect_transport',
      transport_id: this.welcome.recv_transport.transport_id,
      dtls_parameters: dtls,
    });
    this.receiver?.connect();
  }

  /** Waits until packets of a consumer arrive from now on. */
  async flows(consumer: mediaRpc.ConsumerCreated): Promise<void> {
    const before = this.packets(consumer);
    await until(`packets of ${consumer.stream_id}`, () => this.packets(consumer) > before + 5);
  }

  packets(consumer: mediaRpc.ConsumerCreated): number {
    return this.receiver?.packets(consumer) ?? 0;
  }

  async closed(): Promise<number> {
    await until('the socket to close', () => this.closeCode !== null);
    return this.closeCode ?? 0;
  }

  close(): void {
    this.socket.close(1000);
    this.closeTransports();
  }

  closeTransports(): void {
    this.sender?.close();
    this.receiver?.close();
  }

  /** The socket goes without a word; media goes on. */
  loseSocket(): void {
    this.socket.terminate();
  }
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url}/media`, [mediaRpc.MEDIA_SUBPROTOCOL]);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
}
