import { pause, until } from '../../poll.ts';
import { serve } from '../remote.ts';
import { type Attendee, Tally } from './attendee.ts';
import { openPlace, type Place, type PlaceName } from './places.ts';
import { type Action, actions, EVENTS_OF } from './workload.ts';

/** A crowd in one room, in a process of its own. Its argument says where, as JSON. */

/** People who come in at once while the room fills. */
const ARRIVALS = 8;
const SETTLE_TIMEOUT = 20_000;
const TEXT = 'The quick brown fox jumps over the lazy dog, and then over the next one as well.';

export type RoundOptions = {
  /** Requests under way at any time: the next one of a lane is sent when the last one is confirmed. */
  lanes: number;
  warmUpMs: number;
  ms: number;
  seed: number;
};

export type Round = {
  /** Events that reached a socket, each counted once per socket. */
  deliveriesPerSecond: number;
  /** Milliseconds from a chat or a mute to its confirmation. */
  acknowledged: number[];
  /** Share of one core that this process took: near 1 it would have been what is measured. */
  ownCpu: number;
};

class Crowd {
  readonly #tally = new Tally();
  readonly #place: Place;
  /** Those who are not waiting for an answer; the one who did nothing for longest is next. */
  readonly #idle: Attendee[] = [];
  #entered = 0;
  #size = 0;

  constructor(name: PlaceName) {
    this.#place = openPlace(name, this.#tally);
  }

  async grow(size: number): Promise<void> {
    let missing = size - this.#size;
    const arrivals = Array.from({ length: ARRIVALS }, async () => {
      while (missing-- > 0) await this.#enter();
    });
    await Promise.all(arrivals);
    this.#size = size;
    await this.#settle();
  }

  async run({ lanes, warmUpMs, ms, seed }: RoundOptions): Promise<Round> {
    const workload = actions(seed);
    const acknowledged: number[] = [];
    const before = this.#tally.events;
    let emitted = 0;
    let over = false;
    const running = Array.from({ length: lanes }, async () => {
      while (!over) {
        const { value: action } = workload.next();
        const took = await this.#perform(action);
        emitted += EVENTS_OF[action];
        if (took !== null) acknowledged.push(took);
      }
    });
    const all = Promise.all(running);
    const measured = this.#measure(warmUpMs, ms, acknowledged);
    // Whichever lane fails ends the round.
    await Promise.race([all, measured]);
    over = true;
    await all;
    await this.#settle();
    // Somebody who comes misses what was on its way, somebody who goes hears less than all: within a few percent.
    const complete = (this.#tally.events - before) / (emitted * this.#size);
    if (complete < 0.95 || complete > 1.05) throw new Error(`everybody should hear all, heard ${complete}`);
    return measured;
  }

  async #measure(warmUpMs: number, ms: number, acknowledged: number[]): Promise<Round> {
    await pause(warmUpMs);
    acknowledged.length = 0;
    const events = this.#tally.events;
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    await pause(ms);
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return {
      deliveriesPerSecond: (this.#tally.events - events) / seconds,
      acknowledged: [...acknowledged],
      ownCpu: (user + system) / 1e6 / seconds,
    };
  }

  /** Milliseconds until it was confirmed; null for what takes several steps. */
  async #perform(action: Action): Promise<number | null> {
    const attendee = this.#idle.shift();
    if (!attendee) throw new Error('everybody is busy');
    if (attendee.failed) throw attendee.failed;
    if (action === 'turnover') {
      await this.#place.leave(attendee);
      await this.#enter();
      return null;
    }
    const took = await (action === 'chat' ? this.#place.chat(attendee, TEXT) : this.#place.toggle(attendee));
    this.#idle.push(attendee);
    return took;
  }

  async #enter(): Promise<void> {
    this.#entered += 1;
    this.#idle.push(await this.#place.enter(`Attendee ${this.#entered}`));
  }

  /** Waits until nothing arrives any more. */
  async #settle(): Promise<void> {
    let last = -1;
    await until('the room to become quiet', SETTLE_TIMEOUT, () => {
      const quiet = this.#tally.events === last;
      last = this.#tally.events;
      return quiet;
    });
  }
}

const crowd = new Crowd(JSON.parse(process.argv[2] ?? ''));
const handlers = {
  grow: (size: number) => crowd.grow(size),
  run: (options: RoundOptions) => crowd.run(options),
};
export type CrowdHandlers = typeof handlers;
serve(handlers);
