import type { RtpEncodingParameters } from 'mediasoup-client/types';
import { OpusStream, Vp8Stream } from '../../media/rtp.ts';
import { writeTag } from './tag.ts';

/** Somebody's microphone or camera: what its packets say of themselves, whichever connections they go over. */
export type Origin = { readonly sender: number; readonly source: 'microphone' | 'camera' };

/**
 * Milliseconds from one packet to the next. Opus frames of 60 ms: a third of the packets that browsers send; a process may
 * be told to have them longer (RFC 6716: up to 120 ms). Pictures: enough to see that they move.
 */
export const INTERVAL = { microphone: Number(process.env.VOICE_INTERVAL ?? 60), camera: 200 } as const;

const AUDIO_BYTES = 60;
/** Payload of the single packet a frame of each layer has. */
const VIDEO_BYTES = [250, 600, 1_000] as const;
/** Receivers line up two layers by sender reports (RFC 3550 §6.4.1); browsers send them about as often. */
const REPORT_INTERVAL = 1_000;

type Layer = { readonly stream: OpusStream | Vp8Stream; active: boolean; reportDue: number };

let ssrcs = 0;

/**
 * Makes the packets of one producer, as an encoder does: nothing while there is no track, while it is paused, or for
 * layers that are not active.
 */
export class Encoder {
  readonly origin: Origin;
  readonly ssrcs: readonly number[];
  paused = false;
  track: MediaStreamTrack | null;
  readonly #layers: readonly Layer[];
  readonly #send: (packet: Buffer) => void;

  constructor(
    track: MediaStreamTrack,
    origin: Origin,
    encodings: readonly RtpEncodingParameters[],
    send: (packet: Buffer) => void,
  ) {
    this.track = track;
    this.origin = origin;
    this.#send = send;
    this.#layers = encodings.map(({ active }, index) => ({
      stream: newStream(track.kind, index),
      active: active !== false,
      reportDue: 0,
    }));
    this.ssrcs = this.#layers.map(({ stream }) => stream.ssrc);
  }

  get active(): boolean[] {
    return this.#layers.map(({ active }) => active);
  }

  setActive(active: readonly boolean[]): void {
    this.#layers.forEach((layer, index) => {
      layer.active = active[index] ?? layer.active;
    });
  }

  /** One sound or picture more. Two encoders of one source, on two connections, are given the same. */
  encode(counter: number, at: number): void {
    if (!this.track?.enabled || this.paused) return;
    this.#layers.forEach((layer, index) => {
      if (!layer.active) return;
      if (at >= layer.reportDue) {
        layer.reportDue = at + REPORT_INTERVAL;
        this.#send(layer.stream.senderReport(Date.now()));
      }
      const packets = layer.stream instanceof OpusStream ? [layer.stream.next()] : layer.stream.nextFrame();
      for (const packet of packets) {
        writeTag(packet, { ...this.origin, layer: index, counter, at });
        this.#send(packet);
      }
    });
  }
}

function newStream(kind: string, layer: number): OpusStream | Vp8Stream {
  ssrcs += 1;
  const ssrc = 100_000 + ssrcs;
  if (kind === 'audio') return new OpusStream(ssrc, AUDIO_BYTES, INTERVAL.microphone);
  return new Vp8Stream(ssrc, {
    fps: 1_000 / INTERVAL.camera,
    packets: 1,
    bytes: VIDEO_BYTES[layer] ?? 1_000,
  });
}
