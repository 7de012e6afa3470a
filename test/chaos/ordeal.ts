import type { Fleet } from '../fleet/fleet.ts';
import {
  chatFaults,
  chatOutOfOrder,
  disconnected,
  overheard,
  rosterFaults,
  thrownOut,
  unheard,
} from '../fleet/invariants.ts';
import { CONTROL, FLEET_REGIONS, PEOPLE_WITH_BROWSERS, peopleOf } from '../fleet/places.ts';
import { now } from '../headless/rtc/tag.ts';
import { pause } from '../poll.ts';
import { ChaosError, inShort } from './chaos-error.ts';
import { describeFault, happen } from './faults.ts';
import { describeGrowth, leaks, type NodeState, nodeState, nodeStates } from './leaks.ts';
import type { People } from './people.ts';
import { type Field, type Round, rounds } from './schedule.ts';
import type { Timeline } from './timeline.ts';

export type OrdealOptions = {
  readonly fleet: Fleet;
  readonly people: People;
  readonly timeline: Timeline;
  readonly seed: number;
  /** The nodes before anybody came. */
  readonly fresh: readonly NodeState[];
  readonly patience: Patience;
};

/** Milliseconds. */
export type Patience = {
  /** From the end of the last fault of a round until everybody hears every speaker again. */
  readonly heard: number;
  /** From there until rosters and chat agree as well: a session that was lost is found out and resumed. */
  readonly agreed: number;
  /** From when the last has left until nodes hold nothing: an empty room is kept for 60 s. */
  readonly released: number;
};

/** What is promised. */
export const PROMISED: Patience = { heard: 3_000, agreed: 20_000, released: 75_000 };

/** Milliseconds. A voice that was heard in this time is heard. */
const FRESH = 1_000;
/** How long it looks on when something did not hold in time. */
const AFTERMATH = 20_000;
/** A look takes each browser some 60 ms of its time, which it also needs to find its way back. */
const LOOK = 500;
/** What does not hold yet is told so often. */
const TELL = 3_000;
const WATCH = 1_000;
/** Of how many whom something is wrong with it is told what their ways are like. */
const EXPLAINED = 5;

/** The rounds of faults a meeting goes through, with what has to hold during each and after it. */
export class Ordeal {
  readonly #fleet: Fleet;
  readonly #people: People;
  readonly #timeline: Timeline;
  readonly #seed: number;
  /** Each process as it was when it had just started. */
  readonly #fresh: NodeState[];
  readonly #patience: Patience;

  constructor({ fleet, people, timeline, seed, fresh, patience }: OrdealOptions) {
    this.#fleet = fleet;
    this.#people = people;
    this.#timeline = timeline;
    this.#seed = seed;
    this.#fresh = [...fresh];
    this.#patience = patience;
  }

  /** Everybody has come: waits until all hear one another and agree. */
  async gathered(): Promise<void> {
    await this.#settle(this.#patience.agreed);
  }

  /** Round after round until `end`. Throws a ChaosError. */
  async rounds(end: number): Promise<{ rounds: number; slowestMs: number }> {
    const field: Field = {
      nodes: this.#fleet.nodes.map(({ id }) => id),
      regions: FLEET_REGIONS.map(({ id }) => id),
      control: CONTROL,
      peopleOf,
      browsers: PEOPLE_WITH_BROWSERS,
    };
    let [count, slowestMs] = [0, 0];
    for (const round of rounds(this.#seed, field)) {
      if (now() > end) break;
      count += 1;
      await this.#trouble(round);
      const { heardMs, agreedMs } = await this.#settle(this.#patience.heard);
      slowestMs = Math.max(slowestMs, heardMs);
      this.#timeline.add(
        `round ${count} held: everybody heard after ${Math.round(heardMs)} ms, agreed after ${Math.round(agreedMs)} ms`,
      );
    }
    return { rounds: count, slowestMs };
  }

  /** Waits until everybody hears everybody, no longer than `withinMs`, and then until all agree. */
  async #settle(withinMs: number): Promise<{ heardMs: number; agreedMs: number }> {
    const start = now();
    const heardMs = await this.#until(start + withinMs, async () => {
      const accounts = await this.#people.accounts();
      return unheard(accounts.all, this.#people.speakers(accounts), FRESH);
    });
    await this.#until(start + this.#patience.agreed, async () => {
      const { all } = await this.#people.accounts();
      const present = new Map(all.map(({ participantId, name }) => [participantId, name]));
      return [...disconnected(all), ...rosterFaults(all, present), ...chatFaults(all, this.#people.said)];
    });
    return { heardMs, agreedMs: now() - start };
  }

  async #trouble({ faults, deeds }: Round): Promise<void> {
    const control = faults.some(
      (fault) => fault.kind.startsWith('control') || ('a' in fault && fault.a === CONTROL),
    );
    const happening = faults.map(async (fault) => {
      await pause(fault.at);
      this.#timeline.add(describeFault(fault));
      await happen(this.#fleet, fault);
      if (fault.kind === 'node_killed' || fault.kind === 'node_drained') {
        this.#fresh.push(await nodeState(this.#fleet, fault.node));
      }
      this.#timeline.add(`over: ${fault.kind.replace('_', ' ')}`);
    });
    const acting = deeds
      // Who comes and goes needs somebody at the door.
      .filter(({ kind }) => !(control && (kind === 'comes' || kind === 'goes')))
      .map(async (deed) => {
        await pause(deed.at);
        this.#timeline.add(await this.#people.act(deed));
      });
    let over = false;
    const trouble = Promise.all([...happening, ...acting]).finally(() => {
      over = true;
    });
    await Promise.all([trouble, this.#watch(() => over)]);
  }

  /** Everybody has left: waits until the nodes have let go of everything. */
  async released(): Promise<void> {
    const end = now() + this.#patience.released;
    for (;;) {
      const after = await nodeStates(this.#fleet);
      const faults = leaks(this.#fresh, after);
      if (faults.length === 0) {
        const grown = describeGrowth(this.#fresh, after);
        this.#timeline.add(`the nodes have let go of everything; grown by ${grown}`);
        return;
      }
      if (now() > end) this.#expectNone(faults);
      await pause(1_000);
    }
  }

  /** What has to hold at every moment. */
  async #watch(over: () => boolean): Promise<void> {
    while (!over()) {
      const { all, headless } = await this.#people.accounts();
      this.#expectNone([
        ...overheard(headless, this.#people.muted()),
        ...thrownOut(all),
        ...chatOutOfOrder(all),
      ]);
      await pause(WATCH);
    }
  }

  async #until(end: number, check: () => Promise<string[]>): Promise<number> {
    const start = now();
    let toldAt = start;
    for (;;) {
      // A look takes as long as the slowest browser, and most of what it shows is as old as that: one that began in time
      // says nothing of what was too late.
      const lookedAt = now();
      const faults = await check();
      if (faults.length === 0) return lookedAt - start;
      if (lookedAt > end) await this.#fail(faults, check);
      if (now() > toldAt + TELL) {
        toldAt = now();
        this.#timeline.add(`not yet: ${inShort(faults)}`);
      }
      await pause(LOOK);
    }
  }

  /** What is too late, or for ever? Whoever looks for the cause wants to know. */
  async #fail(faults: readonly string[], check: () => Promise<string[]>): Promise<void> {
    const failedAt = now();
    this.#timeline.add(
      `does not hold: ${inShort(faults)} (browsers have answered after ${this.#people.promptness})`,
    );
    const { headless } = await this.#people.accounts();
    const concerned = headless.filter(({ name }) => faults.some((fault) => fault.startsWith(`${name} `)));
    for (const { name, nodes, ways } of concerned.slice(0, EXPLAINED)) {
      this.#timeline.add(`${name} is at ${nodes.at(-1)}: ${ways.join('; ')}`);
    }
    let left = faults;
    while (left.length > 0 && now() < failedAt + AFTERMATH) {
      await pause(LOOK);
      left = await check();
    }
    this.#timeline.add(left.length === 0 ? 'holds again' : `still does not hold: ${inShort(left)}`);
    this.#expectNone(faults);
  }

  #expectNone(faults: readonly string[]): void {
    if (faults.length > 0) throw new ChaosError(faults, this.#seed, this.#timeline);
  }
}
