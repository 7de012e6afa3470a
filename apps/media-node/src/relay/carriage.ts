import type { relay } from '@meridian/protocol';
import { RELAY } from '../config.ts';

type Carriage = relay.Carriage;

/** How a stream is best carried to those who watch these of its layers. */
export function bestCarriage(layers: readonly number[]): Carriage {
  // Of one layer for all a single one is sent. For several, all are: a thin relay would give everybody the highest.
  return layers.length === 1 ? 'thin' : 'full';
}

/**
 * How a stream is carried while the wishes for it change. It takes a moment of several wishes to go to full, since
 * receivers follow one another when a layout changes, and a longer one of a single wish to go back to thin: each
 * change costs every receiver a new consumer.
 */
export class CarriageChoice {
  #current: Carriage;
  /** Since when the other would be better. */
  #since: number | null = null;

  constructor(layers: readonly number[]) {
    this.#current = bestCarriage(layers);
  }

  get current(): Carriage {
    return this.#current;
  }

  /** When it changes by time alone; null: it does not. */
  get due(): number | null {
    if (this.#since === null) return null;
    return this.#since + (this.#current === 'thin' ? RELAY.toFullAfter : RELAY.toThinAfter);
  }

  /** `now` in milliseconds on a clock that does not jump. */
  update(layers: readonly number[], now: number): Carriage {
    // Nobody at present: a relay that is nobody's wish ends, it does not change.
    if (layers.length === 0 || bestCarriage(layers) === this.#current) this.#since = null;
    else this.#since ??= now;
    const { due } = this;
    if (due !== null && now >= due) {
      this.#current = this.#current === 'thin' ? 'full' : 'thin';
      this.#since = null;
    }
    return this.#current;
  }
}
