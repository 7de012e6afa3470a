import type { Producer } from 'mediasoup-client/types';
import { LAYER_FLOW } from './config.ts';

/** Frames that each layer of a video has sent so far, lowest first. */
export type FrameCounts = readonly number[];

/**
 * How many of `layers`, from the lowest, have sent anything between two looks; null when the lowest has sent too little
 * to tell: a camera that starts, a screen that stands still. Pure.
 */
export function flowingLayers(before: FrameCounts, now: FrameCounts, layers: number): number | null {
  const sent = (layer: number) => (now[layer] ?? 0) - (before[layer] ?? 0);
  if (sent(0) < LAYER_FLOW.frames) return null;
  let flowing = 1;
  while (flowing < layers && sent(flowing) > 0) flowing += 1;
  return flowing;
}

export type LayerFlowOptions = {
  /** Reads the counts. */
  count: (producer: Producer) => Promise<FrameCounts>;
  /** So many layers flow from now on. */
  changed: (layers: number) => void;
};

/**
 * Watches which layers of a video leave the device. Browsers stop the higher ones when bandwidth is short, without a
 * word; a node would notice after a second and a half, while whoever watches them sees nothing move.
 */
export class LayerFlow {
  readonly #options: LayerFlowOptions;
  #producer: Producer | null = null;
  #layers = 0;
  #before: FrameCounts | null = null;
  /** As the node was told last of this producer; what has never flowed cannot stop. */
  #told = Number.POSITIVE_INFINITY;
  /** How many have flowed since the producer was made. */
  #seen = 1;
  /** Since when more flow than was told, by performance.now(). */
  #betterSince: number | null = null;
  /** When it was asked to encode that many, by performance.now(). */
  #since = 0;
  /** Counts what is followed, so that a look that was called off is known when it ends. */
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LayerFlowOptions) {
    this.#options = options;
  }

  /** From now on `producer` encodes so many layers; null: nothing is sent. */
  follow(producer: Producer | null, layers: number): void {
    const count = producer === null ? 0 : layers;
    if (count === this.#layers && (producer === null || producer === this.#producer)) return;
    if (producer !== null && producer !== this.#producer) {
      this.#producer = producer;
      this.#told = Number.POSITIVE_INFINITY;
      this.#seen = 1;
    }
    this.#layers = count;
    this.#before = null;
    this.#betterSince = null;
    this.#since = performance.now();
    this.#turn += 1;
    clearTimeout(this.#timer);
    if (producer !== null && count > 1) this.#schedule(producer);
  }

  #schedule(producer: Producer): void {
    const early = performance.now() - this.#since < LAYER_FLOW.earlyMs;
    const pause = early ? LAYER_FLOW.earlyEveryMs : LAYER_FLOW.everyMs;
    this.#timer = setTimeout(() => void this.#look(producer), pause);
  }

  async #look(producer: Producer): Promise<void> {
    const turn = this.#turn;
    // Statistics of a transport that has been closed meanwhile tell nothing.
    const now = await this.#options.count(producer).catch(() => null);
    if (turn !== this.#turn) return;
    this.#schedule(producer);
    if (!now) return;
    // Whatever it has begun with before the first look counts as well.
    while (this.#seen < this.#layers && (now[this.#seen] ?? 0) > 0) this.#seen += 1;
    const flowing = this.#before && flowingLayers(this.#before, now, this.#layers);
    // Where the lowest has sent too little to tell, the next look tells of a longer time.
    if (flowing !== null || !this.#before) this.#before = now;
    if (flowing !== null) this.#judge(flowing);
  }

  #judge(flowing: number): void {
    const told = Math.min(this.#told, this.#layers);
    const now = performance.now();
    this.#betterSince = flowing > told ? (this.#betterSince ?? now) : null;
    const stopped = flowing < told && flowing < this.#seen;
    const trusted = this.#betterSince !== null && now - this.#betterSince >= LAYER_FLOW.trustMs;
    if (!stopped && !trusted) return;
    this.#betterSince = null;
    // When all that are encoded flow, nothing is known against the others either.
    this.#told = flowing < this.#layers ? flowing : Number.POSITIVE_INFINITY;
    this.#options.changed(flowing);
  }
}

/** Of browsers: outbound-rtp, one entry for each encoding (webrtc-stats §7.6); `rid` rises with the layer. */
export async function frameCounts(producer: Producer): Promise<FrameCounts> {
  const layers: { rid: string; frames: number }[] = [];
  for (const entry of (await producer.getStats()).values()) {
    if (entry.type !== 'outbound-rtp' || typeof entry.rid !== 'string') continue;
    layers.push({ rid: entry.rid, frames: Number(entry.framesSent ?? entry.framesEncoded ?? 0) });
  }
  return layers.toSorted((a, b) => a.rid.localeCompare(b.rid)).map(({ frames }) => frames);
}
