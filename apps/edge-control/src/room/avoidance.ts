import { ROOM } from './config.ts';
import type { Member } from './roster.ts';

/** A node somebody could not reach, and how long they are not sent there again. */
export type Avoided = { node_id: string; until: number };

export function avoided({ avoid }: Pick<Member, 'avoid'>, now: number): string[] {
  return avoid.filter(({ until }) => until > now).map(({ node_id }) => node_id);
}

/**
 * What is left out of a search for a node, try by try: first all that they could not reach lately; when no other has a
 * place, the one they left longest ago comes back first. Never `from`, which they are leaving.
 */
export function searches({ avoid }: Pick<Member, 'avoid'>, from: string, now: number): string[][] {
  const oldestFirst = avoid
    .filter(({ node_id, until }) => node_id !== from && until > now)
    .toSorted((a, b) => a.until - b.until)
    .map(({ node_id }) => node_id);
  return [...oldestFirst.map((_, i) => oldestFirst.slice(i)), []].map((left) => [from, ...left]);
}

export function avoids(member: Pick<Member, 'avoid'>, nodeId: string, now: number): boolean {
  return avoided(member, now).includes(nodeId);
}

export function avoiding({ avoid }: Pick<Member, 'avoid'>, nodeId: string, now: number): Avoided[] {
  const others = avoid.filter(({ node_id, until }) => node_id !== nodeId && until > now);
  return [...others, { node_id: nodeId, until: now + ROOM.move.avoidMs }].slice(-ROOM.move.maxAvoided);
}
