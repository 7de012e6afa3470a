import type { ParticipantView } from '@meridian/client';
import { SidePanel } from '../meeting/side-panel.tsx';
import { ParticipantRow } from './participant-row.tsx';
import styles from './participants-panel.module.css';

type Props = {
  participants: readonly ParticipantView[];
  isHost: boolean;
  onMute: (id: string) => void;
  onRemove: (id: string) => void;
  onClose: () => void;
};

export function ParticipantsPanel({ participants, isHost, onMute, onRemove, onClose }: Props) {
  return (
    <SidePanel title={`Participants (${participants.length})`} onClose={onClose}>
      <ul className={styles.list}>
        {participants.map((participant) => (
          <ParticipantRow
            key={participant.id}
            participant={participant}
            moderated={isHost && !participant.isSelf}
            onMute={() => onMute(participant.id)}
            onRemove={() => onRemove(participant.id)}
          />
        ))}
      </ul>
    </SidePanel>
  );
}
