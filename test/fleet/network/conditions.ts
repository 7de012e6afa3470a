/** What a stretch of network does to what passes along it in one direction. */
export type Conditions = {
  /** Milliseconds from end to end. */
  readonly delayMs: number;
  /** Up to this much more, evenly distributed; as in queues, packets of one flow stay in their order. */
  readonly jitterMs: number;
  /** Part of the packets that do not arrive, 0–1. */
  readonly loss: number;
  /** Kilobits per second; null: without a bound. */
  readonly rateKbps: number | null;
  /** Nothing passes. */
  readonly cut: boolean;
};

export const CLEAR: Conditions = { delayMs: 0, jitterMs: 0, loss: 0, rateKbps: null, cut: false };

/** Milliseconds of waiting behind a bottleneck before it drops what comes: a router's usual buffer. */
const BUFFER = 300;
/** Of IP and UDP or TCP, bytes a packet. */
const HEADERS = 28;
/** A segment that was lost is sent again after this and a round trip (RFC 6298 says at least 200 ms in practice). */
const RETRANSMISSION = 200;

export type Lost = 'cut' | 'loss' | 'buffer';

/** Where a packet is, and until when the bottleneck is busy with it. */
export type Passage = { readonly due: number | Lost; readonly busyUntil: number };

export type Crossing = {
  readonly bytes: number;
  /** Milliseconds, by any clock that only goes forward. */
  readonly at: number;
  /** Until when the bottleneck has to do with what came before. */
  readonly busyUntil: number;
};

/**
 * What becomes of one packet. `before`: when the last one of its flow arrives. Pure, but for the numbers drawn from
 * `random` (0 to 1): one for loss, one for jitter.
 */
export function crossing(
  conditions: Conditions,
  { bytes, at, busyUntil, before }: Crossing & { readonly before: number },
  random: () => number,
): Passage {
  const { delayMs, jitterMs, loss, cut } = conditions;
  if (cut) return { due: 'cut', busyUntil };
  if (loss > 0 && random() < loss) return { due: 'loss', busyUntil };
  const through = bottleneck(conditions, { bytes, at, busyUntil });
  if (through - at > BUFFER + transmission(conditions, bytes)) return { due: 'buffer', busyUntil };
  const jitter = jitterMs > 0 ? random() * jitterMs : 0;
  return { due: Math.max(through + delayMs + jitter, before), busyUntil: through };
}

/**
 * When a piece of a connection arrives. Nothing of one is ever lost, it only comes later; a cut is for the caller,
 * as it holds up what is under way as well.
 */
export function streamCrossing(
  conditions: Conditions,
  piece: Crossing,
  random: () => number,
): { readonly due: number; readonly busyUntil: number } {
  const { delayMs, jitterMs, loss } = conditions;
  const through = bottleneck(conditions, piece);
  const again = loss > 0 && random() < loss ? RETRANSMISSION + 2 * delayMs : 0;
  const jitter = jitterMs > 0 ? random() * jitterMs : 0;
  return { due: through + delayMs + jitter + again, busyUntil: through };
}

function bottleneck(conditions: Conditions, { bytes, at, busyUntil }: Crossing): number {
  return Math.max(at, busyUntil) + transmission(conditions, bytes);
}

function transmission({ rateKbps }: Conditions, bytes: number): number {
  return rateKbps === null ? 0 : ((bytes + HEADERS) * 8) / rateKbps;
}
