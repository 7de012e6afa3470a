import { MeridianError } from '@meridian/protocol';

/** The moment a meeting is to begin, in UTC. Throws `unprocessable` for one that has passed. */
export function futureStart(start: string, now: number): string {
  const at = Date.parse(start);
  if (at < now) throw new MeridianError('unprocessable', 'scheduled_start is in the past');
  return new Date(at).toISOString();
}

/** The name, if it is one of the IANA database. Throws `unprocessable`. */
export function knownZone(name: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name;
  } catch {
    throw new MeridianError('unprocessable', 'time_zone is not known');
  }
}
