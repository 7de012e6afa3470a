import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { vi } from 'vitest';
import type { Timer } from '../timers.ts';
import type { Room } from './fixtures.ts';

/** The room runs in the isolate of the test, so that its Date can be moved. */
export function fakeClock(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
}

export function realClock(): void {
  vi.useRealTimers();
}

/** Lets time pass: every alarm that falls into it rings when it is due. */
export async function elapse(room: Room, ms: number): Promise<void> {
  const until = Date.now() + ms;
  for (;;) {
    const next = await nextDue(room);
    if (next > until) break;
    vi.setSystemTime(Math.max(next, Date.now()));
    await runDurableObjectAlarm(room);
  }
  vi.setSystemTime(until);
}

/** The runtime may be ringing an alarm by the real clock just now, and then there is none: the rows still say. */
function nextDue(room: Room): Promise<number> {
  return runInDurableObject(room, async (_, { storage }) => {
    const alarm = (await storage.getAlarm()) ?? Number.POSITIVE_INFINITY;
    if (!hasTables(storage)) return alarm;
    const { due } = storage.sql.exec<{ due: number | null }>('select min(due) as due from timers').one();
    return Math.min(alarm, due ?? Number.POSITIVE_INFINITY);
  });
}

export function alarmOf(room: Room): Promise<number | null> {
  return runInDurableObject(room, (_, ctx) => ctx.storage.getAlarm());
}

/** The timers of the room, next one first. */
export function timersOf(room: Room): Promise<Timer[]> {
  return rows<Timer>(room, 'select kind, key, due from timers order by due');
}

export function rows<T extends Record<string, SqlStorageValue>>(room: Room, query: string): Promise<T[]> {
  return runInDurableObject(room, (_, { storage }) =>
    hasTables(storage) ? storage.sql.exec<T>(query).toArray() : [],
  );
}

/** A room that was deleted has none until somebody comes. */
function hasTables({ sql }: DurableObjectStorage): boolean {
  return sql.exec("select name from sqlite_master where name = 'timers'").toArray().length > 0;
}
