import { JoinResponse, type mediaRpc } from '@meridian/protocol';
import { Api } from '../../headless/api.ts';
import { MediaSocket } from '../../headless/media-socket.ts';
import { SignalingClient } from '../../headless/signaling-client.ts';
import { Downlink, newOutgoing, outgoingParameters, Uplink } from '../../headless/webrtc.ts';
import { until } from '../../poll.ts';

/** Where somebody is, as the edge sees it. */
export type Location = { latitude: number; longitude: number; continent: string };
export type Visit = { origin: string; meeting: string; name: string; location: Location };
/** What somebody wants to see the camera at. */
export type Size = { width: number; height: number };

const TIMEOUT = 20_000;
const OTHERS = { priority: 10, pinned: false } as const;
/** Layers of the camera, as they are declared. What is sent of each is up to the sender. */
const LAYERS = [
  { w: 320, h: 180, bps: 150_000 },
  { w: 640, h: 360, bps: 500_000 },
  { w: 1280, h: 720, bps: 1_500_000 },
];

/** A participant of a meeting who sends, or who watches one camera and hears everybody. */
export class Participant {
  readonly media: MediaSocket;
  readonly #signaling: SignalingClient;
  readonly #welcome: mediaRpc.Welcome;
  readonly #downlink: Downlink;
  /** All there has been: what is agreed on stays agreed on. */
  readonly #consumers: mediaRpc.ConsumerCreated[] = [];
  /** One after the other: what is agreed on while a connection comes up may be forgotten by it. */
  #setUp: Promise<void> = Promise.resolve();
  #wishes = 0;

  static async join(visit: Visit, onPacket: (packet: Buffer) => void = () => {}): Promise<Participant> {
    const { origin, meeting, name, location } = visit;
    // The local Workers runtime takes request.cf from this header.
    const place = { ...location, latitude: `${location.latitude}`, longitude: `${location.longitude}` };
    const cf = { 'MF-CF-Blob': JSON.stringify({ ...place, clientAcceptEncoding: '' }) };
    let last = '';
    const admit = async () => {
      const response = await new Api(origin).request(
        'POST',
        `/meetings/${meeting}/join`,
        { display_name: name },
        cf,
      );
      if (response.ok) return response;
      last = `${response.status} ${await response.text()}`;
      return null;
    };
    // A node whose heartbeat is late on a busy machine takes nobody for a moment.
    const response = await until('a place', TIMEOUT, admit, () => last);
    const joined = JoinResponse.parse(await response.json());
    if (joined.status !== 'admitted') throw new Error(`${joined.status} instead of admitted`);
    const signaling = await SignalingClient.open(joined, origin);
    await signaling.ask({ type: 'join', media: { audio: true, video: true } });
    const { socket, welcome } = await MediaSocket.open(joined.sfu.url, joined.sfu.media_token);
    return new Participant(signaling, socket, welcome, onPacket);
  }

  private constructor(
    signaling: SignalingClient,
    media: MediaSocket,
    welcome: mediaRpc.Welcome,
    onPacket: (packet: Buffer) => void,
  ) {
    this.#signaling = signaling;
    this.media = media;
    this.#welcome = welcome;
    this.#downlink = new Downlink(welcome.recv_transport, onPacket);
    const receive = (consumer: mediaRpc.ConsumerCreated) => {
      this.#setUp = this.#setUp.then(() => this.#receive(consumer)).catch(report);
    };
    // Some have come with the welcome.
    for (const consumer of media.consumers.values()) receive(consumer);
    media.on((message) => {
      if (message.type === 'consumer') receive(message);
    });
  }

  get nodeId(): string {
    return this.#welcome.node_id;
  }

  /** Brings microphone and camera up; returns what they are sent over. */
  async publish(): Promise<{ uplink: Uplink; audio: number; video: number[] }> {
    const outgoing = newOutgoing(LAYERS.length);
    const { send_transport: transport } = this.#welcome;
    const uplink = new Uplink(transport, outgoing);
    await this.#connect(transport.transport_id, uplink.dtls);
    await uplink.connected();
    for (const [source, kind] of [
      ['microphone', 'audio'],
      ['camera', 'video'],
    ] as const) {
      await this.media.request({
        type: 'produce',
        source,
        rtp_parameters: outgoingParameters(kind, outgoing),
        layers: kind === 'audio' ? [] : LAYERS,
        paused: false,
      });
    }
    return { uplink, ...outgoing };
  }

  /** Shows the one camera there is at this size; null: not at all. */
  async watch(size: Size | null): Promise<void> {
    const camera = await until('the camera', TIMEOUT, () =>
      [...this.media.streams.values()].find(({ source }) => source === 'camera'),
    );
    this.#wishes += 1;
    const streams = size === null ? [] : [{ stream_id: camera.stream_id, ...size, ...OTHERS }];
    await this.media.request({ type: 'subscribe', version: this.#wishes, streams });
  }

  close(): void {
    this.media.close();
    this.#signaling.send({ type: 'leave' });
    this.#downlink.close();
  }

  async #receive(consumer: mediaRpc.ConsumerCreated): Promise<void> {
    this.#consumers.push(consumer);
    const dtls = this.#downlink.receive(this.#consumers);
    if (this.#consumers.length === 1) {
      await this.#connect(this.#welcome.recv_transport.transport_id, dtls);
      await this.#downlink.connected();
    }
    await this.media.request({ type: 'consumer_ready', consumer_id: consumer.consumer_id });
  }

  #connect(transport_id: string, dtls_parameters: Uplink['dtls']): Promise<unknown> {
    return this.media.request({ type: 'connect_transport', transport_id, dtls_parameters });
  }
}

/** A consumer that has closed again before it was set up is no failure; anything else shows in what arrives. */
function report(error: unknown): void {
  console.error(`  a consumer was not set up: ${error instanceof Error ? error.message : error}`);
}
