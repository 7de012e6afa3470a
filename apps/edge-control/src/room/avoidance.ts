import { ROOM } from './config.ts';
import type { Member } from './roster.ts';

/** A node somebody could not reach, and how long they are not sent there again. */
export type Avoided = { node_id: string; until: number };

export function avoided({ avoid }: Pick<Member, 'avoid'>, now: number): string[] {
  return avoid.filter(({ until }) => until > now).map(({ node_id }) => node_id);
}

export function avoids(member: Pick<Member, 'avoid'>, nodeId: string, now: number): boolean {
  return avoided(member, now).includes(nodeId);
}

export function avoiding({ avoid }: Pick<Member, 'avoid'>, nodeId: string, now: number): Avoided[] {
  const others = avoid.filter(({ node_id, until }) => node_id !== nodeId && until > now);
  return [...others, { node_id: nodeId, until: now + ROOM.move.avoidMs }].slice(-ROOM.move.maxAvoided);
}
