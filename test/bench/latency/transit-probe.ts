import { directPath, newOutgoing } from '../../headless/webrtc.ts';
import { readStamp, stamp, Vp8Stream } from '../../media/rtp.ts';
import { pause } from '../../poll.ts';
import { LoadClient } from '../media/load-client.ts';
import { MeridianLink } from '../media/meridian-link.ts';
import { serve } from '../remote.ts';

/**
 * Times RTP from one participant to another, through the node and past it, in a process that does nothing else:
 * sender and receiver share a clock. Packets leave one way and the other in turns.
 */

/** Milliseconds. */
const TICK = 4;
/** The upper layer of a camera, as the participants of the load send it. */
const CAMERA = { fps: 25, packets: 3, bytes: 1_000 };
const FRAME_MS = 1_000 / CAMERA.fps;
/** Packets under way at the end of a round. Milliseconds. */
const LAST_ARRIVALS = 500;

export type Transit = {
  /** Milliseconds from before the sender's `send` to the receiver's callback, of every packet that arrived. */
  node: number[];
  direct: number[];
  /** How many should have arrived either way. */
  sent: { node: number; direct: number };
};

type DirectPath = Awaited<ReturnType<typeof directPath>>;

class TransitProbe {
  readonly #sender: LoadClient;
  readonly #direct: DirectPath;
  readonly #stream: Vp8Stream;
  readonly #arrivals: Transit;

  static async open({ origin, meeting }: { origin: string; meeting: string }): Promise<TransitProbe> {
    const arrivals: Transit = { node: [], direct: [], sent: { node: 0, direct: 0 } };
    const arrived = (list: number[]) => (packet: Buffer) => list.push(performance.now() - readStamp(packet));
    const join = (name: string) => MeridianLink.join(origin, meeting, name);
    const sender = new LoadClient(await join('Sender'));
    await sender.publish();
    const receiver = new LoadClient(await join('Receiver'), arrived(arrivals.node));
    await receiver.receive(1);
    const outgoing = newOutgoing(1);
    const direct = await directPath(outgoing, arrived(arrivals.direct));
    return new TransitProbe(sender, direct, new Vp8Stream(outgoing.video[0] ?? 0, CAMERA), arrivals);
  }

  private constructor(sender: LoadClient, direct: DirectPath, stream: Vp8Stream, arrivals: Transit) {
    this.#sender = sender;
    this.#direct = direct;
    this.#stream = stream;
    this.#arrivals = arrivals;
  }

  async run(ms: number): Promise<Transit> {
    const { node, direct } = this.#arrivals;
    node.length = 0;
    direct.length = 0;
    const sentBefore = this.#sender.sent;
    let directSent = 0;
    const startedAt = performance.now();
    this.#sender.begin(startedAt);
    let nextDirect = startedAt + FRAME_MS / 2;
    const timer = setInterval(() => {
      const now = performance.now();
      this.#sender.send(now, (packet) => stamp(packet, performance.now()));
      for (; nextDirect <= now; nextDirect += FRAME_MS) {
        for (const packet of this.#stream.nextFrame()) {
          stamp(packet, performance.now());
          this.#direct.send(packet);
          directSent += 1;
        }
      }
    }, TICK);
    await pause(ms);
    clearInterval(timer);
    await pause(LAST_ARRIVALS);
    const sent = { node: this.#sender.sent - sentBefore, direct: directSent };
    return { node: [...node], direct: [...direct], sent };
  }
}

let probe: TransitProbe | undefined;
const handlers = {
  open: async (place: { origin: string; meeting: string }) => {
    probe = await TransitProbe.open(place);
  },
  run: (ms: number) => {
    if (!probe) throw new Error('open first');
    return probe.run(ms);
  },
};
export type TransitHandlers = typeof handlers;
serve(handlers);
