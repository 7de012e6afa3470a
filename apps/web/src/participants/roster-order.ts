import type { ParticipantView } from '@meridian/client';

/** Raised hands first, in the order they went up; then oneself, hosts, and the rest by name. */
export function rosterOrder(participants: readonly ParticipantView[]): ParticipantView[] {
  return participants.toSorted(
    (a, b) => hand(a) - hand(b) || rank(a) - rank(b) || a.displayName.localeCompare(b.displayName),
  );
}

/** Those whose name has the words of `query`, however it is written. */
export function matching<T extends { displayName: string }>(people: readonly T[], query: string): T[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  return people.filter(({ displayName }) => {
    const name = plain(displayName);
    return words.every((word) => name.includes(word));
  });
}

function hand({ handRaisedAt }: ParticipantView): number {
  // Not Infinity: two of those have no difference.
  return handRaisedAt ?? Number.MAX_SAFE_INTEGER;
}

function rank({ isSelf, role }: ParticipantView): number {
  if (isSelf) return 0;
  return role === 'host' ? 1 : role === 'co_host' ? 2 : 3;
}

/** Without accents and capitals: people search as they type. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();
}
