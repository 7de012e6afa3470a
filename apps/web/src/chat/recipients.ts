import { type Capabilities, canChatTo, type ParticipantView } from '@meridian/client';

/** Whom a message may go to: everybody (null) and each person, as far as the meeting lets one. */
export function recipientsFor(
  participants: readonly ParticipantView[],
  capabilities: Capabilities,
): { everyone: boolean; people: ParticipantView[] } {
  const people = participants
    .filter(({ isSelf, role }) => !isSelf && canChatTo(role, capabilities))
    .toSorted((a, b) => a.displayName.localeCompare(b.displayName));
  return { everyone: capabilities.canChatToAll, people };
}
