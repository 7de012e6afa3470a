import type { ParticipantView } from '@meridian/client';
import { ChevronDown, Lock } from 'lucide-react';
import { useId } from 'react';
import styles from './recipient-select.module.css';

type Props = {
  everyone: boolean;
  people: readonly ParticipantView[];
  /** Null: everybody. */
  value: string | null;
  onChange: (recipient: string | null) => void;
};

export function RecipientSelect({ everyone, people, value, onChange }: Props) {
  const id = useId();
  return (
    <div className={styles.row} data-private={value !== null}>
      <label htmlFor={id}>To</label>
      <div className={styles.select}>
        {value !== null && <Lock size={13} aria-hidden="true" />}
        <select
          id={id}
          value={value ?? ''}
          data-testid="chat-recipient"
          onChange={(event) => onChange(event.target.value || null)}
        >
          {everyone && <option value="">Everyone</option>}
          {people.map(({ id: each, displayName }) => (
            <option key={each} value={each}>
              {displayName}
            </option>
          ))}
        </select>
        <ChevronDown size={14} aria-hidden="true" />
      </div>
    </div>
  );
}
