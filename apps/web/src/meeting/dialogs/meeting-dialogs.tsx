import type { ComponentProps } from 'react';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import type { OpenDialog } from '../meeting-actions.ts';
import { useMeeting } from '../meeting-context.ts';
import { ClaimHostDialog } from './claim-host-dialog.tsx';
import { OptionsDialog } from './options-dialog.tsx';
import { RenameDialog } from './rename-dialog.tsx';
import { SettingsDialog } from './settings-dialog.tsx';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';

type Props = Omit<ComponentProps<typeof SettingsDialog>, 'onClose'> & {
  open: OpenDialog;
  onClose: () => void;
};

/** Whatever is open over the meeting. Fetched when it is first needed. */
export default function MeetingDialogs({ open, onClose, ...devices }: Props) {
  const { meeting } = useMeeting();
  const { preferences, onPreferences } = devices;
  switch (open.dialog) {
    case 'settings':
      return <SettingsDialog {...devices} onClose={onClose} />;
    case 'options':
      return <OptionsDialog onClose={onClose} />;
    case 'claim-host':
      return <ClaimHostDialog onClose={onClose} />;
    case 'rename':
      return <RenameDialog participant={open.participant} onClose={onClose} />;
    case 'shortcuts':
      return <ShortcutsDialog preferences={preferences} onPreferences={onPreferences} onClose={onClose} />;
    case 'mute-all':
      return (
        <ConfirmDialog
          title="Mute everybody?"
          action="Mute all"
          onConfirm={() => meeting.muteAll()}
          onClose={onClose}
        >
          All but hosts and co-hosts are silenced. They can unmute themselves if the meeting's options let
          them.
        </ConfirmDialog>
      );
    case 'end':
      return (
        <ConfirmDialog
          title="End the meeting for everybody?"
          action="End for all"
          danger
          onConfirm={() => meeting.endForAll()}
          onClose={onClose}
        >
          Everybody is sent away. To let the others go on, leave instead.
        </ConfirmDialog>
      );
    case 'remove':
      return (
        <ConfirmDialog
          title={`Remove ${open.participant.displayName}?`}
          action="Remove"
          danger
          onConfirm={() => meeting.removeParticipant(open.participant.id)}
          onClose={onClose}
        >
          They are told, and cannot come back to this meeting.
        </ConfirmDialog>
      );
    case 'make-host':
      return (
        <ConfirmDialog
          title={`Make ${open.participant.displayName} a host?`}
          action="Make host"
          onConfirm={() => meeting.setRole(open.participant.id, 'host')}
          onClose={onClose}
        >
          Hosts can do everything: remove people, change the options, and end the meeting.
        </ConfirmDialog>
      );
  }
}
