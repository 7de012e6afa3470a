import type { ParticipantView } from '@meridian/client';
import {
  Crown,
  EllipsisVertical,
  Hand,
  type LucideIcon,
  MessageSquareText,
  Mic,
  MicOff,
  MonitorX,
  Pencil,
  ShieldMinus,
  ShieldPlus,
  UserMinus,
  VideoOff,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { useMeeting } from '../meeting/meeting-context.ts';
import { Menu, MenuHeading, MenuItem } from '../ui/menu.tsx';
import { type ParticipantAction, participantActions } from './participant-actions.ts';

const LOOKS: Record<ParticipantAction, { icon: LucideIcon; text: string }> = {
  write: { icon: MessageSquareText, text: 'Write privately' },
  mute: { icon: MicOff, text: 'Mute' },
  'ask-to-unmute': { icon: Mic, text: 'Ask to unmute' },
  'stop-video': { icon: VideoOff, text: 'Stop video' },
  'stop-share': { icon: MonitorX, text: 'Stop their screen share' },
  'lower-hand': { icon: Hand, text: 'Lower hand' },
  rename: { icon: Pencil, text: 'Rename' },
  'make-host': { icon: Crown, text: 'Make host' },
  'make-co-host': { icon: ShieldPlus, text: 'Make co-host' },
  'make-participant': { icon: ShieldMinus, text: 'Take co-host role back' },
  remove: { icon: UserMinus, text: 'Remove' },
};

type Props = {
  participant: ParticipantView;
  className: string | undefined;
  /** More items, before the others. */
  children?: ReactNode;
};

/** What can be done with somebody; nothing where there is nothing. */
export function ParticipantMenu({ participant, className, children }: Props) {
  const { snapshot } = useMeeting();
  const perform = usePerform(participant);
  const { self, capabilities, screenShare } = snapshot;
  const actions = participantActions({ role: self.role, capabilities }, participant, screenShare);
  if (actions.length === 0 && !children) return null;
  const name = participant.isSelf ? 'yourself' : participant.displayName;
  return (
    <Menu
      label={`Actions for ${name}`}
      align="end"
      trigger={(props) => (
        <button
          {...props}
          type="button"
          className={className}
          aria-label={`More for ${name}`}
          title="More"
          data-testid="participant-menu"
        >
          <EllipsisVertical size={18} aria-hidden="true" />
        </button>
      )}
    >
      <MenuHeading>{participant.displayName}</MenuHeading>
      {children}
      {actions.map((action) => {
        const { icon, text } = LOOKS[action];
        return (
          <MenuItem
            key={action}
            icon={icon}
            danger={action === 'remove'}
            onSelect={() => perform(action)}
            data-testid={`action-${action}`}
          >
            {text}
          </MenuItem>
        );
      })}
    </Menu>
  );
}

function usePerform(participant: ParticipantView): (action: ParticipantAction) => void {
  const { meeting, actions } = useMeeting();
  const { id, displayName } = participant;
  return (action) => {
    switch (action) {
      case 'write':
        return actions.writeTo(id);
      case 'mute':
        return actions.run(meeting.muteParticipant(id));
      case 'ask-to-unmute':
        actions.run(meeting.requestUnmute(id));
        return actions.say(`${displayName} was asked to unmute`);
      case 'stop-video':
        return actions.run(meeting.stopVideo(id));
      case 'stop-share':
        return actions.run(meeting.stopShare(id));
      case 'lower-hand':
        return actions.run(meeting.lowerHand(id));
      case 'make-co-host':
        return actions.run(meeting.setRole(id, 'co_host'));
      case 'make-participant':
        return actions.run(meeting.setRole(id, 'participant'));
      case 'rename':
      case 'make-host':
      case 'remove':
        return actions.open({ dialog: action, participant });
    }
  };
}
