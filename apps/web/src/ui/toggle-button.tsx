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
  /** Something is wrong with it: a mark that asks to be looked at. */
  problem?: boolean;
  className?: string | undefined;
  'data-testid'?: string;
};

/** A device that is on or off. Off is marked in red: not being heard is the thing to notice. */
export function ToggleButton({
  label,
  on,
  onIcon,
  offIcon,
  onToggle,
  hint,
  shortcut,
  problem = false,
  className,
  ...rest
}: Props) {
  const Icon = on ? onIcon : offIcon;
  return (
    <button
      type="button"
      className={classes(styles.button, !on && styles.off, className)}
      aria-pressed={on}
      aria-keyshortcuts={shortcut}
      onClick={onToggle}
      {...rest}
    >
      <Icon size={22} aria-hidden="true" />
      <span className="visually-hidden">{label}</span>
      {problem && (
        <span className={classes(styles.badge, styles.warning)} aria-hidden="true">
          !
        </span>
      )}
      <span className={styles.tip} aria-hidden="true">
        {hint ?? `${label} ${on ? 'on' : 'off'}`}
      </span>
    </button>
  );
}
