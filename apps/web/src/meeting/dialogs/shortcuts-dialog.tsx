import type { Preferences } from '../../preferences/preferences.ts';
import type { ChangePreferences } from '../../preferences/use-preferences.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { SwitchField } from '../../ui/switch-field.tsx';
import { SHORTCUTS } from '../shortcuts.ts';
import styles from './dialogs.module.css';

type Props = { preferences: Preferences; onPreferences: ChangePreferences; onClose: () => void };

export function ShortcutsDialog({ preferences, onPreferences, onClose }: Props) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} data-testid="shortcuts-dialog">
      <dl className={styles.shortcuts}>
        {SHORTCUTS.map(({ keys, text }) => (
          <div key={keys}>
            <dt>{text}</dt>
            <dd>
              <kbd>{keys}</kbd>
            </dd>
          </div>
        ))}
        <div>
          <dt>Microphone, also while you type</dt>
          <dd>
            <kbd>Ctrl</kbd> <kbd>D</kbd>
          </dd>
        </div>
        <div>
          <dt>Camera, also while you type</dt>
          <dd>
            <kbd>Ctrl</kbd> <kbd>E</kbd>
          </dd>
        </div>
      </dl>
      <SwitchField
        label="Single-key shortcuts"
        hint="Switch them off if keys are pressed by accident, by speech input for one."
        checked={preferences.singleKeys}
        onChange={(singleKeys) => onPreferences({ singleKeys })}
      />
    </Dialog>
  );
}
