import { MeridianError } from '@meridian/protocol';
import type { AppContext } from './context.ts';

/** The version of a meeting as an entity tag (RFC 9110 §8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** Versions a change may be made on, by `If-Match` (RFC 9110 §13.1.1); undefined: on any. */
export type Precondition = readonly number[] | undefined;

export function preconditionOf(c: AppContext): Precondition {
  return versionsIn(c.req.header('if-match'));
}

export function versionsIn(ifMatch: string | undefined): Precondition {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  // What is no tag of ours, a weak one for instance, matches nothing.
  return ifMatch.split(',').flatMap((tag) => {
    const [, version] = /^\s*"(\d{1,9})"\s*$/.exec(tag) ?? [];
    return version === undefined ? [] : [Number(version)];
  });
}

/** Throws `version_conflict` when the precondition does not hold. */
export function requireVersion(allowed: Precondition, version: number): void {
  if (allowed && !allowed.includes(version)) throw changedMeanwhile();
}

export function changedMeanwhile(): MeridianError {
  return new MeridianError('version_conflict', 'the meeting was changed meanwhile: read it again');
}
