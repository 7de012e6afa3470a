import { MeridianError } from '@meridian/protocol';
import { base64url } from 'jose';
import { z } from 'zod';
import type { Position } from '../storage/position.ts';

/** As far as dates have four digits for the year; beyond them only Postgres would say that something is wrong. */
const Time = z
  .number()
  .int()
  .min(0)
  .max(Date.UTC(9999, 11, 31));
const Stored = z.tuple([Time, z.uuid()]);

/** Where a page ends, in a form that promises nothing. */
export function cursorOf({ at, id }: Position): string {
  return base64url.encode(JSON.stringify([at, id]));
}

/** Throws `malformed` for what is no cursor of ours. */
export function positionAt(cursor: string | undefined): Position | null {
  if (cursor === undefined) return null;
  try {
    const [at, id] = Stored.parse(JSON.parse(new TextDecoder().decode(base64url.decode(cursor))));
    return { at, id };
  } catch (error) {
    throw new MeridianError('malformed', 'the cursor is none of ours', { cause: error });
  }
}

/** One page of a list that was asked for one more than fits, and where the next one begins. */
export function pageOf<T>(
  found: readonly T[],
  limit: number,
  positionOf: (item: T) => Position,
): { items: T[]; next_cursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: found.length > limit && last ? cursorOf(positionOf(last)) : null };
}
