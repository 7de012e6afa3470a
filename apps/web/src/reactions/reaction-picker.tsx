import { Smile } from 'lucide-react';
import { useMeeting } from '../meeting/meeting-context.ts';
import { Popover } from '../ui/popover.tsx';
import { RoundButton } from '../ui/round-button.tsx';
import { ReactionGlyph } from './reaction-glyph.tsx';
import styles from './reaction-picker.module.css';
import { REACTIONS } from './reactions.ts';

export function ReactionPicker() {
  return (
    <Popover
      role="dialog"
      label="Reactions"
      side="above"
      align="center"
      className={styles.popover}
      trigger={(props) => <RoundButton {...props} label="React" icon={Smile} data-testid="react" />}
    >
      <ReactionRow />
    </Popover>
  );
}

/** All of them, in a row. Stays open for more than one. */
export function ReactionRow({ inMenu = false }: { inMenu?: boolean }) {
  const { meeting, actions } = useMeeting();
  return (
    <div className={styles.row}>
      {REACTIONS.map(([reaction, name]) => (
        <button
          key={reaction}
          type="button"
          {...(inMenu && { role: 'menuitem', tabIndex: -1 })}
          className={styles.reaction}
          aria-label={name}
          title={name}
          onClick={() => actions.run(meeting.react(reaction))}
          data-testid={`react-${reaction}`}
        >
          <ReactionGlyph reaction={reaction} size={30} />
        </button>
      ))}
    </div>
  );
}
