const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What people type or paste to say which meeting they mean: eleven digits with or without separators, a
 * link to the join page, or the id that API clients use. Null when it is none of these.
 */
export function parseMeetingRef(input: string): string | null {
  const text = input.trim();
  const fromLink = /\/j\/([^/?#\s]+)/.exec(text)?.[1];
  const candidate = (fromLink ?? text).toLowerCase();
  if (UUID.test(candidate)) return candidate;
  // Mail programs and phones turn hyphens into all sorts of dashes and spaces.
  const digits = candidate.replace(/[\s.\p{Pd}]/gu, '');
  return /^\d{11}$/.test(digits) ? formatMeetingCode(digits) : null;
}

function formatMeetingCode(digits: string): string {
  return `${digits.slice(0, 3)}-${digits.slice(3, 7)}-${digits.slice(7)}`;
}
