import { RELAY } from '../config.ts';

/** Whether anything still comes from a neighbour: messages on the socket, packets on the path. */
export class Silence {
  #heardAt: number;
  #bytes = 0;

  /** `now` in milliseconds on a clock that does not jump. */
  constructor(now: number) {
    this.#heardAt = now;
  }

  /** A message has come. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /** Whether no message has come for so long that the counters of the path are worth reading. */
  isSuspected(now: number): boolean {
    return now - this.#heardAt >= RELAY.silentAfter;
  }

  /** So many bytes have come over the path in all. Packets are as good a sign of life as messages. */
  counted(bytes: number, now: number): void {
    if (bytes !== this.#bytes) this.#heardAt = now;
    this.#bytes = bytes;
  }
}
