import type { BrowserParticipant } from '../browser/participant.ts';
import { type Attendee, type Crowd, type CrowdReport, nameOf } from '../fleet/crowd.ts';
import type { Account } from '../fleet/invariants.ts';
import { now } from '../headless/rtc/tag.ts';
import { between } from '../random.ts';
import { BrowserWitness } from './browser-account.ts';
import type { Deed } from './schedule.ts';

/** What a mute may take to be obeyed: the sound that is on its way across the world is still heard. */
const MUTE_GRACE = 1_500;

/** Everybody who takes part: who is there, who speaks, what was said. */
export class People {
  readonly said: string[] = [];
  readonly #crowd: Crowd;
  readonly #browsers: readonly BrowserWitness[];
  readonly #random: () => number;
  /** Browsers whose microphones are off. */
  readonly #listeners = new Set<string>();
  readonly #present = new Map<number, { speaks: boolean; mutedAt: number | null }>();
  #latest = 0;
  #messages = 0;

  constructor(crowd: Crowd, browsers: readonly BrowserParticipant[], random: () => number) {
    this.#crowd = crowd;
    this.#browsers = browsers.map((person) => new BrowserWitness(person));
    this.#random = random;
  }

  onlyListens({ name }: BrowserParticipant): void {
    this.#listeners.add(name);
  }

  async gather(attendees: readonly Attendee[]): Promise<void> {
    await this.#crowd.join(attendees);
    for (const { number, microphone } of attendees) {
      this.#present.set(number, { speaks: microphone, mutedAt: null });
      this.#latest = Math.max(this.#latest, number);
    }
  }

  /** Does it; answers with what was done. */
  async act(deed: Deed): Promise<string> {
    switch (deed.kind) {
      case 'says': {
        const number = this.#anybody();
        this.#messages += 1;
        const text = `message ${this.#messages} of ${nameOf(number)}`;
        await this.#crowd.say(number, text);
        this.said.push(text);
        return text;
      }
      case 'mutes': {
        const number = this.#one(({ speaks, mutedAt }) => speaks && mutedAt === null);
        if (number === null) return 'nobody is left to mute';
        // Resolves when everybody has been told, which may take the end of the trouble.
        const muting = this.#crowd.mute(number, true);
        muting.catch(() => {});
        this.#present.set(number, { speaks: true, mutedAt: now() });
        return `${nameOf(number)} mutes`;
      }
      case 'unmutes': {
        const number = this.#one(({ mutedAt }) => mutedAt !== null);
        if (number === null) return 'nobody is muted';
        this.#present.set(number, { speaks: true, mutedAt: null });
        const unmuting = this.#crowd.mute(number, false);
        unmuting.catch(() => {});
        return `${nameOf(number)} unmutes`;
      }
      case 'comes': {
        this.#latest += 1;
        const number = this.#latest;
        const { region } = deed;
        await this.gather([{ number, region, microphone: true, camera: false, watches: 1 }]);
        return `${nameOf(number)} comes`;
      }
      case 'goes': {
        const number = this.#anybody();
        // At once: who is leaving says nothing any more.
        this.#present.delete(number);
        await this.#crowd.leave(number);
        return `${nameOf(number)} goes`;
      }
    }
  }

  async accounts(): Promise<{ all: Account[]; headless: CrowdReport[] }> {
    const [headless, browsers] = await Promise.all([
      this.#crowd.reports(),
      Promise.all(this.#browsers.map((witness) => witness.account())),
    ]);
    return { all: [...headless, ...browsers], headless };
  }

  /** How soon those with browsers have answered last. */
  get promptness(): string {
    return this.#browsers.map(({ person, tookMs }) => `${person.name} ${Math.round(tookMs)} ms`).join(', ');
  }

  /** Those among them who are to be heard. */
  speakers({
    all,
    headless,
  }: {
    all: readonly Account[];
    headless: readonly CrowdReport[];
  }): Map<string, string> {
    const silent = new Set(
      headless
        .filter(({ number }) => {
          const state = this.#present.get(number);
          return !state?.speaks || state.mutedAt !== null;
        })
        .map(({ participantId }) => participantId),
    );
    return new Map(
      all
        .filter(({ participantId, name }) => !silent.has(participantId) && !this.#listeners.has(name))
        .map((one) => [one.participantId, one.name]),
    );
  }

  /** From when on nothing of whom may be heard. */
  muted(): Map<number, number> {
    return new Map(
      [...this.#present].flatMap(([number, { mutedAt }]) =>
        mutedAt === null ? [] : [[number, mutedAt + MUTE_GRACE] as const],
      ),
    );
  }

  async leave(): Promise<void> {
    await Promise.all([...this.#present.keys()].map((number) => this.#crowd.leave(number)));
    this.#present.clear();
    await Promise.all(this.#browsers.map(({ person }) => person.leave()));
  }

  #anybody(): number {
    const number = this.#one(() => true);
    if (number === null) throw new Error('nobody is there');
    return number;
  }

  #one(matches: (state: { speaks: boolean; mutedAt: number | null }) => boolean): number | null {
    const candidates = [...this.#present].filter(([, state]) => matches(state)).map(([number]) => number);
    return candidates[between(this.#random, 0, candidates.length - 1)] ?? null;
  }
}
