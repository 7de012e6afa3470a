import type { Layer } from '@meridian/protocol';
import type { z } from 'zod';

type Size = Pick<z.infer<typeof Layer>, 'w' | 'h'>;

/**
 * How much a picture may be enlarged on screen before the next layer is worth its bandwidth: at 1.25 a 180p
 * layer fills a 225-pixel tile, which nobody tells apart, at half the bits of 360p.
 */
const ACCEPTED_ENLARGEMENT = 1.25;

/**
 * The lowest layer that looks sharp in a box of this size, as its index from the lowest; the highest where
 * none does. Null for a stream without layers (audio, or an encoder that said nothing).
 */
export function chooseLayer(layers: readonly Size[], width: number, height: number): number | null {
  if (layers.length === 0) return null;
  const sharp = layers.findIndex(
    (layer) => Math.min(width / layer.w, height / layer.h) <= ACCEPTED_ENLARGEMENT,
  );
  return sharp === -1 ? layers.length - 1 : sharp;
}

/** The highest layer of at most so many lines (`720p`; of a picture held upright, columns), else the lowest. */
export function highestLayer(layers: readonly Size[], lines: number): number {
  return Math.max(
    0,
    layers.findLastIndex((layer) => Math.min(layer.w, layer.h) <= lines),
  );
}
