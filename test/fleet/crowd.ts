import path from 'node:path';
import { Remote } from '../bench/remote.ts';
import type { CrowdHandlers } from '../headless/crowd-process.ts';
import type { PersonOptions, Report } from '../headless/person.ts';
import type { Fleet } from './fleet.ts';
import { OUTGOING_ADDRESS } from './machine.ts';
import { FLEET_REGIONS, type FleetRegionId } from './places.ts';

/** Somebody who is to come. */
export type Attendee = Pick<PersonOptions, 'number' | 'microphone' | 'camera' | 'watches'> & {
  readonly region: FleetRegionId;
};

/** What somebody of the crowd tells, with the nodes they have been at. */
export type CrowdReport = Report & {
  readonly name: string;
  readonly home: FleetRegionId;
  readonly nodes: readonly string[];
};

const PROCESS = path.join(import.meta.dirname, '../headless/crowd-process.ts');

/** Headless participants of one meeting, all over the world: a process for each region. */
export class Crowd {
  readonly #fleet: Fleet;
  readonly #meeting: string;
  readonly #processes = new Map<FleetRegionId, Remote<CrowdHandlers>>();
  readonly #homes = new Map<number, FleetRegionId>();
  readonly #voice: Readonly<Record<string, string>>;

  /** `voiceMs`: between two packets of a voice, if not as usual. */
  constructor(fleet: Fleet, meeting: string, { voiceMs }: { voiceMs?: number } = {}) {
    this.#fleet = fleet;
    this.#meeting = meeting;
    this.#voice = voiceMs === undefined ? {} : { VOICE_INTERVAL: String(voiceMs) };
  }

  get size(): number {
    return this.#homes.size;
  }

  async join(attendees: readonly Attendee[]): Promise<void> {
    await Promise.all(
      FLEET_REGIONS.map(async ({ id, latitude, longitude, continent }) => {
        const local = attendees.filter(({ region }) => region === id);
        if (local.length === 0) return;
        const address = this.#fleet.addressOfPeople(id);
        await this.#process(id).call(
          'join',
          local.map(({ region: _, ...attendee }) => ({
            ...attendee,
            name: nameOf(attendee.number),
            origin: this.#fleet.url,
            meeting: this.#meeting,
            address,
            location: { latitude, longitude, continent },
          })),
        );
        for (const { number } of local) this.#homes.set(number, id);
      }),
    );
  }

  async leave(number: number): Promise<void> {
    await this.#of(number).call('leave', [number]);
    this.#homes.delete(number);
  }

  async say(number: number, text: string): Promise<void> {
    await this.#of(number).call('say', { number, text });
  }

  async mute(number: number, muted: boolean): Promise<void> {
    await this.#of(number).call('mute', { number, muted });
  }

  /** What was heard counts anew from here. */
  async reset(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((one) => one.call('reset', null)));
  }

  /** Of everybody, by number. */
  async reports(): Promise<CrowdReport[]> {
    const reports = await Promise.all(
      [...this.#processes].map(async ([home, one]) =>
        (await one.call('report', null)).map((report) => ({
          ...report,
          name: nameOf(report.number),
          home,
          nodes: report.visited.map((url) => this.#fleet.nodeOfUrl(url)),
        })),
      ),
    );
    return reports.flat().toSorted((a, b) => a.number - b.number);
  }

  close(): void {
    for (const one of this.#processes.values()) one.close();
  }

  #of(number: number): Remote<CrowdHandlers> {
    const home = this.#homes.get(number);
    if (home === undefined) throw new Error(`nobody has number ${number}`);
    return this.#process(home);
  }

  #process(region: FleetRegionId): Remote<CrowdHandlers> {
    let known = this.#processes.get(region);
    if (!known) {
      known = new Remote<CrowdHandlers>(PROCESS, [], {
        execArgv: [`--import=${OUTGOING_ADDRESS}`],
        env: { ...process.env, ...this.#voice, OUTGOING_ADDRESS: this.#fleet.addressOfPeople(region) },
      });
      this.#processes.set(region, known);
    }
    return known;
  }
}

export function nameOf(number: number): string {
  return `Headless ${number}`;
}

/** `count` people, spread over the regions; the first `speakers` have microphones on and the first `cameras` cameras. */
export function attendees(
  count: number,
  { speakers, cameras }: { speakers: number; cameras: number },
): Attendee[] {
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    region: FLEET_REGIONS[index % FLEET_REGIONS.length]?.id ?? FLEET_REGIONS[0].id,
    microphone: index < speakers,
    camera: index < cameras,
    watches: 2,
  }));
}
