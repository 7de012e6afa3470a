/** Dates and times as inputs give them (`2027-03-09`, `14:30`), in an IANA time zone. */
export type ZonedTime = { date: string; time: string };

/** The moment, or null when the texts are no date and time. */
export function toInstant({ date, time }: ZonedTime, timeZone: string): Date | null {
  const asUtc = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(asUtc)) return null;
  // The offset there, first near the moment, then at it: right also on the day the clocks change.
  let instant = asUtc - offsetAt(asUtc, timeZone);
  instant = asUtc - offsetAt(instant, timeZone);
  return new Date(instant);
}

export function toZoned(instant: Date, timeZone: string): ZonedTime {
  const text = new Date(instant.getTime() + offsetAt(instant.getTime(), timeZone)).toISOString();
  return { date: text.slice(0, 10), time: text.slice(11, 16) };
}

export function localTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** All the browser knows, the visitor's own and the meeting's among them. */
export function timeZones(...more: string[]): string[] {
  return [...new Set([...more, ...Intl.supportedValuesOf('timeZone'), 'UTC'])].sort();
}

/** Milliseconds that clocks there are ahead of UTC. */
function offsetAt(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value);
  const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return shown - Math.floor(instant / 1000) * 1000;
}
