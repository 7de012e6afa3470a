import path from 'node:path';
import { BrowserParticipant } from '../browser/participant.ts';
import { attendees, Crowd } from '../fleet/crowd.ts';
import { Fleet } from '../fleet/fleet.ts';
import { chatFaults, disconnected, overheard, rosterFaults, unheard } from '../fleet/invariants.ts';
import { CONTROL, FLEET_REGIONS, peopleOf } from '../fleet/places.ts';
import { Api } from '../headless/api.ts';
import { now } from '../headless/rtc/tag.ts';
import { pause } from '../poll.ts';
import { seeded } from '../random.ts';
import { DRAIN_SECONDS, describeFault, happen } from './faults.ts';
import { leaks, METRICS_TOKEN, nodeStates } from './leaks.ts';
import { People } from './people.ts';
import { type Field, type Round, rounds } from './schedule.ts';
import { Timeline } from './timeline.ts';

export type ChaosOptions = {
  readonly minutes: number;
  readonly seed: number;
  /** 40 and 3 unless said otherwise. */
  readonly headless?: number;
  readonly browsers?: number;
  readonly echo?: (line: string) => void;
};

const MEDIA_DIRECTORY = path.resolve(import.meta.dirname, '../../.meridian/test-media');

/** Of the headless ones. */
const SPEAKERS = 10;
const CAMERAS = 4;

/** Milliseconds. From the end of the last fault until everybody hears every speaker again. */
const HEARD_WITHIN = 3_000;
/** A voice that was heard in this time is heard. */
const FRESH = 1_000;
/** From then until rosters and chat agree: a session that was lost is found out and resumed. */
const AGREED_WITHIN = 20_000;
/** Until a node lets go of what nobody uses: what is kept for those who might come back is kept for 30 s. */
const RELEASED_WITHIN = 75_000;
/** How long it looks on when something did not hold in time. */
const AFTERMATH = 20_000;
const LOOK = 250;
const WATCH = 1_000;

/** Something did not hold. The message has the seed and all that happened. */
export class ChaosError extends Error {
  constructor(what: readonly string[], seed: number, timeline: Timeline) {
    const shown = what.slice(0, 30).map((line) => `  ${line}`);
    const rest = what.length > shown.length ? [`  … and ${what.length - shown.length} more`] : [];
    super([...shown, ...rest, `seed ${seed}`, String(timeline)].join('\n'));
    this.name = 'ChaosError';
  }
}

/** Breaks a worldwide meeting in every way for so long, and throws when something does not hold that has to. */
export async function runChaos(options: ChaosOptions): Promise<{ rounds: number; slowestMs: number }> {
  const { seed, headless = 40, browsers = 3, echo = () => {} } = options;
  const timeline = new Timeline(echo);
  const fleet = await Fleet.start({
    seed,
    nodeEnv: { METRICS_TOKEN, DRAIN_TIMEOUT: String(DRAIN_SECONDS) },
    stack: { logs: 'quiet' },
  });
  const opened: BrowserParticipant[] = [];
  let crowd: Crowd | undefined;
  try {
    timeline.add(`the fleet is up: ${fleet.nodes.map(({ id }) => id).join(', ')}`);
    const before = await nodeStates(fleet);
    const { code } = await new Api(fleet.url).createMeeting({ title: 'Chaos' });
    crowd = new Crowd(fleet, code);
    for (let number = 1; number <= browsers; number++) opened.push(await openBrowser(fleet, number));
    const people = new People(crowd, opened, seeded(seed));
    await people.gather(attendees(headless, { speakers: SPEAKERS, cameras: CAMERAS }));
    for (const browser of opened) await browser.join(code);
    timeline.add(`${headless} headless participants and ${browsers} with browsers are there`);
    const run = new Run(fleet, people, timeline, seed);
    await run.settle(AGREED_WITHIN);
    const result = await run.rounds(now() + options.minutes * 60_000);
    await people.leave();
    timeline.add('everybody has left');
    await released(fleet, before, seed, timeline);
    return result;
  } finally {
    crowd?.close();
    await Promise.all(opened.map((browser) => browser.close()));
    await fleet.close();
  }
}

class Run {
  readonly #fleet: Fleet;
  readonly #people: People;
  readonly #timeline: Timeline;
  readonly #seed: number;

  constructor(fleet: Fleet, people: People, timeline: Timeline, seed: number) {
    this.#fleet = fleet;
    this.#people = people;
    this.#timeline = timeline;
    this.#seed = seed;
  }

  async rounds(end: number): Promise<{ rounds: number; slowestMs: number }> {
    const field: Field = {
      nodes: this.#fleet.nodes.map(({ id }) => id),
      regions: FLEET_REGIONS.map(({ id }) => id),
      control: CONTROL,
      peopleOf,
    };
    let [count, slowestMs] = [0, 0];
    for (const round of rounds(this.#seed, field)) {
      if (now() > end) break;
      count += 1;
      await this.#trouble(round);
      const { heardMs, agreedMs } = await this.settle(HEARD_WITHIN);
      slowestMs = Math.max(slowestMs, heardMs);
      this.#timeline.add(
        `round ${count} held: everybody heard after ${Math.round(heardMs)} ms, agreed after ${Math.round(agreedMs)} ms`,
      );
    }
    return { rounds: count, slowestMs };
  }

  /** Waits until everybody hears everybody, no longer than `withinMs`, and then until all agree. */
  async settle(withinMs: number): Promise<{ heardMs: number; agreedMs: number }> {
    const start = now();
    const heardMs = await this.#until(start + withinMs, async () => {
      const accounts = await this.#people.accounts();
      return unheard(accounts.all, this.#people.speakers(accounts), FRESH);
    });
    await this.#until(start + AGREED_WITHIN, async () => {
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
    const watching = this.#watch(() => over);
    try {
      await Promise.all([...happening, ...acting]);
    } finally {
      over = true;
      await watching;
    }
  }

  /** What has to hold at every moment. */
  async #watch(over: () => boolean): Promise<void> {
    while (!over()) {
      const { headless } = await this.#people.accounts();
      this.#expectNone(overheard(headless, this.#people.muted()));
      await pause(WATCH);
    }
  }

  async #until(end: number, check: () => Promise<string[]>): Promise<number> {
    const start = now();
    for (;;) {
      const faults = await check();
      const tookMs = now() - start;
      if (faults.length === 0) return tookMs;
      if (now() > end) await this.#fail(faults, check);
      await pause(LOOK);
    }
  }

  /** What is too late, or for ever? Whoever looks for the cause wants to know. */
  async #fail(faults: readonly string[], check: () => Promise<string[]>): Promise<void> {
    const failedAt = now();
    this.#timeline.add(`does not hold: ${faults.length} faults, the first: ${faults[0]}`);
    let left = faults;
    while (left.length > 0 && now() < failedAt + AFTERMATH) {
      await pause(LOOK);
      left = await check();
    }
    this.#timeline.add(left.length === 0 ? 'holds again' : `still does not hold: ${left.join('; ')}`);
    this.#expectNone(faults);
  }

  #expectNone(faults: readonly string[]): void {
    if (faults.length > 0) throw new ChaosError(faults, this.#seed, this.#timeline);
  }
}

async function openBrowser(fleet: Fleet, number: number): Promise<BrowserParticipant> {
  const { latitude, longitude, continent } = FLEET_REGIONS[number % FLEET_REGIONS.length] ?? FLEET_REGIONS[0];
  return BrowserParticipant.open({
    number,
    origin: fleet.url,
    mediaDirectory: MEDIA_DIRECTORY,
    location: { latitude, longitude, continent },
    plainSocketsAnywhere: true,
  });
}

async function released(
  fleet: Fleet,
  before: Awaited<ReturnType<typeof nodeStates>>,
  seed: number,
  timeline: Timeline,
): Promise<void> {
  const end = now() + RELEASED_WITHIN;
  for (;;) {
    const faults = leaks(before, await nodeStates(fleet));
    if (faults.length === 0) {
      timeline.add('the nodes have let go of everything');
      return;
    }
    if (now() > end) throw new ChaosError(faults, seed, timeline);
    await pause(1_000);
  }
}
