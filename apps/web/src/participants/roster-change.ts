import type { ParticipantView } from '@meridian/client';

type Roster = readonly Pick<ParticipantView, 'id' | 'displayName'>[];

/** Beyond this many at once, names are noise. */
const MOST_NAMES = 3;

/** Who came and went, in words. Empty when nobody did. */
export function rosterChange(before: Roster, after: Roster): string {
  return [sentence(missing(before, after), 'joined'), sentence(missing(after, before), 'left')]
    .filter((part) => part !== '')
    .join(' ');
}

/** Those of `to` who are not in `from`. */
function missing(from: Roster, to: Roster): string[] {
  const known = new Set(from.map(({ id }) => id));
  return to.filter(({ id }) => !known.has(id)).map(({ displayName }) => displayName);
}

function sentence(names: readonly string[], verb: string): string {
  if (names.length === 0) return '';
  if (names.length > MOST_NAMES) return `${names.length} people ${verb}.`;
  return `${new Intl.ListFormat('en').format(names)} ${verb}.`;
}
