import type { mediaRpc, RtpParameters } from '@meridian/protocol';
import { Api } from '../../headless/api.ts';
import { MediaSocket } from '../../headless/media-socket.ts';
import { SignalingClient } from '../../headless/signaling-client.ts';
import type { ClientDtls, Incoming, ServerTransport } from '../../headless/webrtc.ts';
import { until } from '../../poll.ts';
import type { Kind, ServerLink } from './server-link.ts';

const TIMEOUT = 20_000;
/** A tile of a grid of eight on a laptop. */
const TILE = { width: 480, height: 270, priority: 10, pinned: false };
/** What Chromium sends of a camera of 360p. */
const LAYERS = [
  { w: 320, h: 180, bps: 150_000 },
  { w: 640, h: 360, bps: 600_000 },
];

/** A participant of a meeting: joined over REST, in the roster over signaling, at the node over its media socket. */
export class MeridianLink implements ServerLink {
  readonly sendTransport: ServerTransport;
  readonly recvTransport: ServerTransport;
  readonly #participantId: string;
  readonly #signaling: SignalingClient;
  readonly #media: MediaSocket;
  #wishes = 0;
  /** Once a client has set up what it wanted, it takes what comes later as it comes. */
  #settled = false;
  #awaited = { left: 0, done: () => {} };

  static async join(origin: string, meeting: string, name: string): Promise<MeridianLink> {
    const joined = await new Api(origin).join(meeting, { display_name: name });
    if (joined.status !== 'admitted') throw new Error(`${joined.status} instead of admitted`);
    const signaling = await SignalingClient.open(joined, origin);
    try {
      await signaling.ask({ type: 'join', media: { audio: true, video: true } });
      const { socket, welcome } = await MediaSocket.open(joined.sfu.url, joined.sfu.media_token);
      return new MeridianLink(joined.participant_id, signaling, socket, welcome);
    } catch (error) {
      signaling.close();
      throw error;
    }
  }

  private constructor(
    participantId: string,
    signaling: SignalingClient,
    media: MediaSocket,
    welcome: mediaRpc.Welcome,
  ) {
    this.#participantId = participantId;
    this.#signaling = signaling;
    this.#media = media;
    this.sendTransport = welcome.send_transport;
    this.recvTransport = welcome.recv_transport;
    media.on((message) => this.#take(message));
  }

  async connect(transportId: string, dtls: ClientDtls): Promise<void> {
    const request = { type: 'connect_transport', transport_id: transportId, dtls_parameters: dtls } as const;
    await this.#media.request(request);
  }

  async produce(kind: Kind, rtp_parameters: RtpParameters, { paused } = { paused: false }): Promise<void> {
    await this.#media.request({
      type: 'produce',
      source: kind === 'audio' ? 'microphone' : 'camera',
      rtp_parameters,
      layers: kind === 'audio' ? [] : LAYERS.slice(0, rtp_parameters.encodings?.length),
      paused,
    });
  }

  async watch(others: number): Promise<Incoming[]> {
    await until('the cameras of all others', TIMEOUT, () => this.#cameras().length >= others);
    await this.#subscribe(this.#cameras());
    await until('all consumers', TIMEOUT, () => this.#media.consumers.size >= 2 * others);
    this.#settled = true;
    return [...this.#media.consumers.values()];
  }

  async ready(consumerId: string): Promise<void> {
    await this.#media.request({ type: 'consumer_ready', consumer_id: consumerId });
  }

  async unwatch(): Promise<void> {
    await this.#subscribe([]);
    const videos = () => [...this.#media.consumers.values()].filter(({ kind }) => kind === 'video').length;
    await until('the consumers to go', TIMEOUT, () => videos() === 0);
  }

  async rewatch(): Promise<number> {
    const cameras = this.#cameras();
    const all = new Promise<void>((done) => {
      this.#awaited = { left: cameras.length, done };
    });
    await this.#subscribe(cameras);
    await all;
    return cameras.length;
  }

  async close(): Promise<void> {
    this.#media.close();
    await this.#signaling.ask({ type: 'leave' });
    this.#signaling.close();
  }

  #cameras(): string[] {
    return [...this.#media.streams.values()]
      .filter((stream) => stream.source === 'camera' && stream.participant_id !== this.#participantId)
      .map((stream) => stream.stream_id);
  }

  async #subscribe(cameras: string[]): Promise<void> {
    this.#wishes += 1;
    const streams = cameras.map((stream_id) => ({ stream_id, ...TILE }));
    await this.#media.request({ type: 'subscribe', version: this.#wishes, streams });
  }

  #take(message: mediaRpc.NodeToClient): void {
    if (message.type !== 'consumer' || !this.#settled) return;
    // One that has closed again since has nothing to be ready for.

    this.ready(message.consumer_id).then(
      () => this.#tick(),
      () => {},
    );
  }

  #tick(): void {
    this.#awaited.left -= 1;
    if (this.#awaited.left === 0) this.#awaited.done();
  }
}
