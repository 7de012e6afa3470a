import type { ParticipantView } from '@meridian/client';

/** What can be open over the meeting; one at a time. */
export type OpenDialog =
  | { dialog: 'settings' | 'options' | 'shortcuts' | 'claim-host' | 'mute-all' | 'end' }
  | { dialog: 'rename' | 'remove' | 'make-host'; participant: ParticipantView };

/** Never changes, so that effects may use it freely. */
export type MeetingActions = {
  /** Something asked of the room: says it when that is refused or fails. */
  run: (work: Promise<unknown>) => void;
  /** Says something in passing. */
  say: (text: string) => void;
  open: (dialog: OpenDialog) => void;
  /** Opens the chat with this person as the recipient. */
  writeTo: (participantId: string) => void;
};
