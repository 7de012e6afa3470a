import { isRtcp, OpusStream, readStamp, stamp, Vp8Stream } from '../../media/rtp.ts';
import { pause } from '../../poll.ts';
import { serve } from '../remote.ts';
import { type Location, Participant, type Size } from './participant.ts';

/**
 * Everybody in the meeting: one who sends, one beside the sender's node to compare with, and those behind the relay.
 * In a process that does nothing else, so that all have one clock.
 */
const TICK = 4;
const FPS = 25;
const FRAME_MS = 1_000 / FPS;
const REPORT_MS = 500;
/** What the encoder of a camera of 720p makes of its three layers: about 0.15, 0.5 and 1.4 Mbit/s. */
const LAYERS = [
  { fps: FPS, packets: 1, bytes: 700 },
  { fps: FPS, packets: 2, bytes: 1_150 },
  { fps: FPS, packets: 6, bytes: 1_150 },
];
const OPUS_BYTES = 80;
/** Bytes that AES-GCM adds to an RTP packet (RFC 7714 §14.1): the suite that nodes use. */
const SRTP_TAG = 16;
/** What the reference has is the newest so many packets; the relay brings them some 40 ms later. */
const REMEMBERED = 4_000;

type Kind = 'audio' | 'video';
export type Place = { origin: string; meeting: string; location: Location };

let publisher: Awaited<ReturnType<Participant['publish']>> | undefined;
let reference: Participant | undefined;
const watchers: Participant[] = [];
let sending: Kind | null = null;
let referenceBytes = 0;
/** By watcher, packets. */
const received: number[] = [];
/** When the reference had a packet, by the time it was sent at. */
const arrivals = new Map<number, number>();
let delays: number[] = [];

function arrivedAtReference(packet: Buffer): void {
  referenceBytes += packet.length + SRTP_TAG;
  arrivals.set(readStamp(packet), performance.now());
  for (const old of arrivals.keys()) {
    if (arrivals.size <= REMEMBERED) break;
    arrivals.delete(old);
  }
}

function arrivedBehind(index: number, packet: Buffer): void {
  if (index < received.length) received[index] = (received[index] ?? 0) + 1;
  if (index !== 0) return;
  const before = arrivals.get(readStamp(packet));
  if (before !== undefined) delays.push(performance.now() - before);
}

function begin({ uplink, audio, video }: NonNullable<typeof publisher>): void {
  const voice = new OpusStream(audio, OPUS_BYTES);
  const layers = video.map(
    (ssrc, index) => new Vp8Stream(ssrc, LAYERS[index] ?? { fps: FPS, packets: 1, bytes: 100 }),
  );
  let next = { audio: 0, video: 0, report: 0 };
  const mark = (packet: Buffer) => {
    if (!isRtcp(packet)) stamp(packet, performance.now());
    return packet;
  };
  setInterval(() => {
    const now = performance.now();
    const earliest = now - 2 * FRAME_MS;
    next = { ...next, audio: Math.max(next.audio, earliest), video: Math.max(next.video, earliest) };
    for (; next.audio <= now; next.audio += OpusStream.intervalMs) {
      if (sending === 'audio') uplink.sendAudio(mark(voice.next()));
    }
    for (; next.video <= now; next.video += FRAME_MS) {
      if (sending !== 'video') continue;
      for (const layer of layers) for (const packet of layer.nextFrame()) uplink.sendVideo(mark(packet));
    }
    if (next.report > now || sending === null) return;
    next.report = now + REPORT_MS;
    const at = performance.timeOrigin + now;
    if (sending === 'audio') uplink.sendAudio(voice.senderReport(at));
    else for (const layer of layers) uplink.sendVideo(layer.senderReport(at));
  }, TICK);
}

const handlers = {
  /** The sender and the one beside it; answers with the node they are at. */
  begin: async ({ origin, meeting, location }: Place) => {
    const sender = await Participant.join({ origin, meeting, location, name: 'Sender' });
    publisher = await sender.publish();
    begin(publisher);
    reference = await Participant.join({ origin, meeting, location, name: 'Reference' }, arrivedAtReference);
    return [sender.nodeId, reference.nodeId];
  },
  /** More of those behind the relay, until there are so many; answers with the nodes they are at. */
  fill: async ({ count, ...place }: Place & { count: number }) => {
    while (watchers.length < count) {
      const index = watchers.length;
      received[index] = 0;
      watchers.push(
        await Participant.join({ ...place, name: `Watcher ${index}` }, (packet) =>
          arrivedBehind(index, packet),
        ),
      );
    }
    return [...new Set(watchers.map(({ nodeId }) => nodeId))];
  },
  /** Those beyond so many of them leave. */
  leaveTo: (count: number) => {
    for (const one of watchers.splice(count)) one.close();
    received.splice(count);
  },
  send: (kind: Kind | null) => {
    sending = kind;
  },
  /** What the reference shows, and each of those behind; the last one goes for all after it. */
  watch: async ({ beside, behind }: { beside: Size; behind: (Size | null)[] }) => {
    await reference?.watch(beside);
    await Promise.all(
      watchers.map((one, index) => one.watch(behind[Math.min(index, behind.length - 1)] ?? null)),
    );
  },
  /** Bytes the reference has had, SRTP, and packets of each of those behind it. */
  received: () => ({ referenceBytes, packets: [...received] }),
  /** How much later packets were at the first watcher than at the reference, over `ms`. */
  delays: async (ms: number) => {
    delays = [];
    await pause(ms);
    return delays;
  },
};
export type PeopleHandlers = typeof handlers;
serve(handlers);
