/** An event for people's calendars, as iCalendar (RFC 5545). Times in Unix milliseconds. */
export type CalendarEvent = {
  /** The same for every version of the event. */
  uid: string;
  /** Rises with every version. */
  sequence: number;
  status: 'CONFIRMED' | 'CANCELLED';
  /** When this version was made. */
  changed_at: number;
  created_at: number;
  starts_at: number;
  ends_at: number;
  title: string;
  description: string;
  url: string;
};

/** One event as a whole file: a `PUBLISH` to import, or a `CANCEL` that takes it out again (RFC 5546 §3.2). */
export function calendarOf(event: CalendarEvent): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Meridian//Meetings//EN',
    'CALSCALE:GREGORIAN',
    `METHOD:${event.status === 'CANCELLED' ? 'CANCEL' : 'PUBLISH'}`,
    'BEGIN:VEVENT',
    `UID:${escaped(event.uid)}`,
    `SEQUENCE:${event.sequence}`,
    `DTSTAMP:${utc(event.changed_at)}`,
    `CREATED:${utc(event.created_at)}`,
    `LAST-MODIFIED:${utc(event.changed_at)}`,
    `DTSTART:${utc(event.starts_at)}`,
    `DTEND:${utc(event.ends_at)}`,
    `STATUS:${event.status}`,
    `SUMMARY:${escaped(event.title)}`,
    `DESCRIPTION:${escaped(event.description)}`,
    // A URI is no text, and is not escaped; but it is where people look, so it stands in LOCATION as text as well.
    `LOCATION:${escaped(event.url)}`,
    `URL:${event.url}`,
    'TRANSP:OPAQUE',
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** RFC 5545 §3.3.5, form 2. */
function utc(at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** RFC 5545 §3.3.11: no control character but the tab may stand in a text. */
function escaped(text: string): string {
  return (
    text
      .replace(/[\\;,]/g, '\\$&')
      .replace(/\r\n?|\n/g, '\\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
      .replace(/[\x00-\x08\x0a-\x1f\x7f]/g, '')
  );
}

/** A line may have this many bytes, its end not counted (RFC 5545 §3.1). */
const LINE_BYTES = 75;

/** Breaks a long line: what follows a break begins with a space, and no character is torn apart. */
function folded(line: string): string {
  const encoder = new TextEncoder();
  let out = '';
  let bytes = 0;
  for (const character of line) {
    const size = encoder.encode(character).length;
    if (bytes + size > LINE_BYTES) {
      out += '\r\n ';
      bytes = 1;
    }
    out += character;
    bytes += size;
  }
  return out;
}
