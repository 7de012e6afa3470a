import { seeded } from '../../random.ts';
import { CLEAR, type Conditions, crossing, type Lost, streamCrossing } from './conditions.ts';

/** From one port to another, one way. `arrives`: when the last packet of it does. */
export type Flow = { arrives: number };

/** One direction between two hosts: its conditions, and who waits for them to change. */
export class Wire {
  /** `packetBytes`: of the packets that passed, not of connections. */
  readonly counts = { passed: 0, cut: 0, loss: 0, buffer: 0, packetBytes: 0 };
  readonly #random: () => number;
  readonly #watchers = new Set<() => void>();
  #conditions: Conditions = CLEAR;
  #busyUntil = 0;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  get conditions(): Conditions {
    return this.#conditions;
  }

  set(conditions: Conditions): void {
    this.#conditions = conditions;
    for (const changed of [...this.#watchers]) changed();
  }

  /** When a packet of a flow arrives, or why it does not. */
  packet(flow: Flow, bytes: number, at: number): number | Lost {
    const before = flow.arrives;
    const passage = crossing(
      this.#conditions,
      { bytes, at, busyUntil: this.#busyUntil, before },
      this.#random,
    );
    this.#busyUntil = passage.busyUntil;
    if (typeof passage.due === 'number') {
      flow.arrives = passage.due;
      this.counts.passed += 1;
      this.counts.packetBytes += bytes;
    } else this.counts[passage.due] += 1;
    return passage.due;
  }

  /** When a piece of a connection arrives, if the path is not cut. */
  piece(bytes: number, at: number): number {
    const passage = streamCrossing(this.#conditions, { bytes, at, busyUntil: this.#busyUntil }, this.#random);
    this.#busyUntil = passage.busyUntil;
    this.counts.passed += 1;
    return passage.due;
  }

  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }
}

/** Every direction between two hosts, by name. */
export class Wires {
  readonly #wires = new Map<string, Wire>();
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  between(from: string, to: string): Wire {
    const key = `${from}>${to}`;
    let wire = this.#wires.get(key);
    if (!wire) {
      wire = new Wire(this.#seed + hash(key));
      this.#wires.set(key, wire);
    }
    return wire;
  }

  /** What has passed and what has not, by `from>to`. */
  counts(): Record<string, Wire['counts']> {
    return Object.fromEntries([...this.#wires].map(([key, wire]) => [key, { ...wire.counts }]));
  }
}

/** So that a direction draws the same numbers whatever the others do (FNV-1a). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
