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
    const next = (await timersOf(room))[0];
    if (!next || next.due > until) break;
    vi.setSystemTime(Math.max(next.due, Date.now()));
    await runDurableObjectAlarm(room);
  }
  vi.setSystemTime(until);
}

/** The timers of the room, next one first. */
export function timersOf(room: Room): Promise<Timer[]> {
  return rows<Timer>(room, 'select kind, key, due from timers order by due');
}

export function rows<T extends Record<string, SqlStorageValue>>(room: Room, query: string): Promise<T[]> {
  return runInDurableObject(room, (_, ctx) => {
    const exists = ctx.storage.sql.exec("select name from sqlite_master where name = 'timers'").toArray();
    return exists.length === 0 ? [] : ctx.storage.sql.exec<T>(query).toArray();
  });
}
