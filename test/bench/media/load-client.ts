import { Downlink, type Incoming, newOutgoing, outgoingParameters, Uplink } from '../../headless/webrtc.ts';
import { OpusStream, Vp8Stream } from '../../media/rtp.ts';
import type { ServerLink } from './server-link.ts';

const FPS = 25;
/** A camera of 360p as Chromium sends it: two layers, about 140 and 600 kbit/s. Speech: about 32 kbit/s. */
const LOW = { fps: FPS, packets: 1, bytes: 700 };
const HIGH = { fps: FPS, packets: 3, bytes: 1_000 };
const OPUS_BYTES = 80;
const FRAME_MS = 1_000 / FPS;
const REPORT_MS = 1_000;
/** What is later than this is left out, as a camera would: sent in a burst it would be a load nobody meant. */
const MAX_LATE_MS = 2 * FRAME_MS;

/** Packets a second of one participant that reach each of the others: speech and the upper layer. */
export const PACKETS_PER_SECOND = 1_000 / OpusStream.intervalMs + FPS * HIGH.packets;

/** A participant with camera and microphone who sees and hears all others. */
export class LoadClient {
  readonly link: ServerLink;
  /** Packets that should reach each of the others: speech and the upper layer. */
  sent = 0;
  readonly #audio: OpusStream;
  readonly #layers: Vp8Stream[];
  readonly #uplink: Uplink;
  readonly #downlink: Downlink;
  readonly #parameters;
  #nextAudio = 0;
  #nextFrame = 0;
  #nextReport = 0;

  constructor(link: ServerLink, onPacket?: (packet: Buffer) => void) {
    this.link = link;
    const outgoing = newOutgoing(2);
    const [low = 0, high = 0] = outgoing.video;
    this.#audio = new OpusStream(outgoing.audio, OPUS_BYTES);
    this.#layers = [new Vp8Stream(low, LOW), new Vp8Stream(high, HIGH)];
    this.#uplink = new Uplink(link.sendTransport, outgoing);
    this.#downlink = new Downlink(link.recvTransport, onPacket);
    this.#parameters = {
      audio: outgoingParameters('audio', outgoing),
      video: outgoingParameters('video', outgoing),
    };
  }

  get received(): number {
    return this.#downlink.packets;
  }

  /** Sends camera and microphone; or, like most who come late, only has a muted microphone. */
  async publish(muted = false): Promise<void> {
    const { link } = this;
    await link.connect(link.sendTransport.transport_id, this.#uplink.dtls);
    await this.#uplink.connected();
    await link.produce('audio', this.#parameters.audio, { paused: muted });
    if (!muted) await link.produce('video', this.#parameters.video);
  }

  /** Takes what `others` send. */
  async receive(others: number): Promise<Incoming[]> {
    const { link } = this;
    const incoming = await link.watch(others);
    await link.connect(link.recvTransport.transport_id, this.#downlink.receive(incoming));
    await this.#downlink.connected();
    await Promise.all(incoming.map(({ consumer_id }) => link.ready(consumer_id)));
    return incoming;
  }

  /** Begins a stretch of sending, at a moment of this client's own. */
  begin(at: number): void {
    this.#nextAudio = at;
    this.#nextFrame = at;
    this.#nextReport = at;
  }

  /** Sends what is due. `mark` may write into a packet before it goes. */
  send(now: number, mark: (packet: Buffer) => void = () => {}): void {
    const earliest = now - MAX_LATE_MS;
    this.#nextAudio = Math.max(this.#nextAudio, earliest);
    for (; this.#nextAudio <= now; this.#nextAudio += OpusStream.intervalMs) {
      const packet = this.#audio.next();
      mark(packet);
      this.#uplink.sendAudio(packet);
      this.sent += 1;
    }
    this.#nextFrame = Math.max(this.#nextFrame, earliest);
    for (; this.#nextFrame <= now; this.#nextFrame += FRAME_MS) {
      for (const layer of this.#layers) {
        for (const packet of layer.nextFrame()) {
          mark(packet);
          this.#uplink.sendVideo(packet);
        }
      }
      this.sent += HIGH.packets;
    }
    if (this.#nextReport > now) return;
    this.#nextReport = now + REPORT_MS;
    const wallClock = performance.timeOrigin + now;
    this.#uplink.sendAudio(this.#audio.senderReport(wallClock));
    for (const layer of this.#layers) this.#uplink.sendVideo(layer.senderReport(wallClock));
  }

  async close(): Promise<void> {
    await this.link.close();
    this.#uplink.close();
    this.#downlink.close();
  }
}
