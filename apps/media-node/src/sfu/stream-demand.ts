import { EventEmitter } from 'node:events';

/**
 * Which layers of a stream are watched: by receivers of this node, and behind other nodes that it is passed on to.
 * Layers are indexes from the lowest; a stream without layers has 0 alone.
 */
export class StreamDemand extends EventEmitter<{ changed: [] }> {
  readonly #wishes = new Map<object, readonly number[]>();
  #layers: readonly number[] = [];

  /** All that anybody watches, rising; empty: nobody does. */
  get layers(): readonly number[] {
    return this.#layers;
  }

  /** What one holder watches from now on; none for nothing. */
  set(holder: object, layers: readonly number[]): void {
    if (layers.length > 0) this.#wishes.set(holder, layers);
    else this.#wishes.delete(holder);
    const union = [...new Set([...this.#wishes.values()].flat())].sort((a, b) => a - b);
    if (union.join() === this.#layers.join()) return;
    this.#layers = union;
    this.emit('changed');
  }
}
