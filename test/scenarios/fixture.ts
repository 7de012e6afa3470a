import { afterAll, beforeAll, expect } from 'vitest';
import { attendees, Crowd, type CrowdReport } from '../fleet/crowd.ts';
import { Fleet, type FleetOptions } from '../fleet/fleet.ts';
import { chatFaults, disconnected, rosterFaults, unheard } from '../fleet/invariants.ts';
import { Api } from '../headless/api.ts';
import { until } from '../poll.ts';

export type CallOptions = {
  readonly people: number;
  /** Of them, with a microphone on. */
  readonly speakers: number;
  /** Of them, with a camera on. */
  readonly cameras: number;
  readonly fleet?: FleetOptions;
};

/** A voice that comes is heard every 60 ms; on a busy machine some come late. */
const FRESH = 1_000;
const ALL_HEARD = 20_000;
const ALL_TOLD = 20_000;

export type Call = {
  fleet(): Fleet;
  crowd(): Crowd;
  api(): Api;
  code(): string;
  speakers: readonly number[];
};

/** A fleet for one test file, with one meeting of headless participants all over the world. */
export function useCall({ people, speakers, cameras, fleet: fleetOptions }: CallOptions): Call {
  let running: { fleet: Fleet; crowd: Crowd; api: Api; code: string } | undefined;

  beforeAll(async () => {
    const fleet = await Fleet.start({ ...fleetOptions, stack: { logs: 'quiet', ...fleetOptions?.stack } });
    const api = new Api(fleet.url);
    const { code } = await api.createMeeting({ title: 'Everybody' });
    const crowd = new Crowd(fleet, code);
    running = { fleet, crowd, api, code };
    await crowd.join(attendees(people, { speakers, cameras }));
    await expectAllToHear(crowd, numbers(speakers));
  });
  afterAll(async () => {
    running?.crowd.close();
    await running?.fleet.close();
  });

  const current = () => {
    if (!running) throw new Error('the fleet is not up');
    return running;
  };
  return {
    fleet: () => current().fleet,
    crowd: () => current().crowd,
    api: () => current().api,
    code: () => current().code,
    speakers: numbers(speakers),
  };
}

/** Everybody is connected, lists everybody, and hears all speakers now; waits for it. */
export async function expectAllToHear(
  crowd: Crowd,
  speakers: readonly number[],
  timeoutMs = ALL_HEARD,
): Promise<CrowdReport[]> {
  let faults: string[] = [];
  return until(
    'everybody hears everybody',
    timeoutMs,
    async () => {
      const reports = await crowd.reports();
      faults = [
        ...disconnected(reports),
        ...rosterFaults(reports, presentIn(reports)),
        ...unheard(reports, voicesOf(reports, speakers), FRESH),
      ];
      return reports.length === crowd.size && faults.length === 0 && reports;
    },
    () => faults.slice(0, 20).join('; '),
  );
}

/** Everybody has what was said, once and in one order; waits for it, since chat may come later than voices do. */
export async function expectChat(crowd: Crowd, said: readonly string[]): Promise<void> {
  let faults: string[] = [];
  await until(
    'everybody has the chat',
    ALL_TOLD,
    async () => {
      faults = chatFaults(await crowd.reports(), said);
      return faults.length === 0;
    },
    () => faults.slice(0, 20).join('; '),
  );
}

export function expectNone(faults: readonly string[]): void {
  expect(faults).toEqual([]);
}

/** Their ids and names. */
export function voicesOf(reports: readonly CrowdReport[], speakers: readonly number[]): Map<string, string> {
  return presentIn(reports.filter(({ number }) => speakers.includes(number)));
}

export function presentIn(reports: readonly CrowdReport[]): Map<string, string> {
  return new Map(reports.map(({ participantId, name }) => [participantId, name]));
}

/** Of a test, milliseconds: the longest outage and two recoveries. */
export const TIMEOUT = 180_000;

/** Milliseconds a part is away: short where every change is tested, the full time where asked for. */
export function outage(full: number, short: number): number {
  return process.env.FULL_OUTAGES ? full : short;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
