import type { LucideIcon } from 'lucide-react';
import { classes } from './classes.ts';
import styles from './round-button.module.css';

type Props = {
  label: string;
  on: boolean;
  onIcon: LucideIcon;
  offIcon: LucideIcon;
  onToggle: () => void;
  hint?: string;
  shortcut?: string;
  'data-testid'?: string;
};

/** A device that is on or off. Off is marked in red: not being heard is the thing to notice. */
export function ToggleButton({ label, on, onIcon, offIcon, onToggle, hint, shortcut, ...rest }: Props) {
  const Icon = on ? onIcon : offIcon;
  return (
    <button
      type="button"
      className={classes(styles.button, !on && styles.off)}
      aria-label={label}
      aria-pressed={on}
      aria-keyshortcuts={shortcut}
      title={hint ?? `${label} ${on ? 'on' : 'off'}`}
      onClick={onToggle}
      {...rest}
    >
      <Icon size={22} aria-hidden="true" />
    </button>
  );
}
