import type { Tag } from './rtc/tag.ts';

/** What one participant has heard or seen of one source of another. Times are `now()` of the machine. */
export type Hearing = {
  readonly sender: number;
  readonly source: Tag['source'];
  /** Packets played. */
  packets: number;
  /** Sounds that were played a second time. */
  doubled: number;
  /** Sounds that did not arrive over any connection, of those between the first and the last. */
  lost: number;
  /** The longest that nothing was played although it was sent, since the last reset. */
  gapMs: number;
  /** Of the last sound that was new. */
  lastAt: number;
  lastSentAt: number;
  /** When the last packet was sent that was played, whether it was new or not. */
  latestSentAt: number;
};

/** How far back sounds may come late or twice and be told from one another. */
const WINDOW = 256;

/** Which of the last sounds there were. */
class Seen {
  readonly #counters = new Set<number>();
  last: number | null = null;

  /** Whether it is news. */
  add(counter: number): boolean {
    if (this.#counters.has(counter)) return false;
    this.#counters.add(counter);
    this.last = Math.max(this.last ?? counter, counter);
    // In the order in which they came, which is nearly that of their numbers.
    for (const old of this.#counters) {
      if (old >= this.last - WINDOW) break;
      this.#counters.delete(old);
    }
    return true;
  }
}

type Entry = { readonly hearing: Hearing; readonly arrived: Seen; readonly played: Seen };

/**
 * Keeps account of what a participant receives and plays, by what the packets say of themselves. A pause of the
 * sender's is no gap, whether it was silent or its process had no time.
 */
export class Listening {
  readonly #intervals: Readonly<Record<Tag['source'], number>>;
  readonly #entries = new Map<string, Entry>();

  /** `intervals`: milliseconds from one packet of a source to the next. */
  constructor(intervals: Readonly<Record<Tag['source'], number>>) {
    this.#intervals = intervals;
  }

  /** A packet came; `played` unless it belongs to a connection that is being left, or not used yet. */
  received(tag: Tag, at: number, played: boolean): void {
    const entry = this.#entryOf(tag);
    this.#arrived(entry, tag.counter);
    if (played) this.#play(entry, tag, at);
  }

  all(): Hearing[] {
    return [...this.#entries.values()]
      .filter(({ played }) => played.last !== null)
      .map(({ hearing }) => ({ ...hearing }));
  }

  /** Counts anew from here. */
  reset(): void {
    for (const { hearing } of this.#entries.values()) {
      Object.assign(hearing, { packets: 0, doubled: 0, lost: 0, gapMs: 0 });
    }
  }

  #entryOf({ sender, source }: Tag): Entry {
    const key = `${sender}.${source}`;
    let entry = this.#entries.get(key);
    if (!entry) {
      const nothing = {
        packets: 0,
        doubled: 0,
        lost: 0,
        gapMs: 0,
        lastAt: 0,
        lastSentAt: 0,
        latestSentAt: 0,
      };
      entry = { hearing: { sender, source, ...nothing }, arrived: new Seen(), played: new Seen() };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #arrived({ hearing, arrived }: Entry, counter: number): void {
    const before = arrived.last;
    if (!arrived.add(counter) || before === null) return;
    if (counter > before) hearing.lost += counter - before - 1;
    // It was counted as lost when its successors came.
    else hearing.lost = Math.max(0, hearing.lost - 1);
  }

  #play({ hearing, played }: Entry, { source, counter, at: sentAt }: Tag, at: number): void {
    const before = played.last;
    hearing.packets += 1;
    hearing.latestSentAt = Math.max(hearing.latestSentAt, sentAt);
    if (!played.add(counter)) {
      hearing.doubled += 1;
      return;
    }
    if (before !== null && counter < before) return;
    if (before !== null) {
      const interval = this.#intervals[source];
      const paused = Math.max(0, sentAt - hearing.lastSentAt - interval * (counter - before));
      hearing.gapMs = Math.max(hearing.gapMs, at - hearing.lastAt - interval - paused);
    }
    hearing.lastAt = at;
    hearing.lastSentAt = sentAt;
  }
}
