import type { LucideIcon } from 'lucide-react';
import { classes } from './classes.ts';
import styles from './round-button.module.css';

type Props = {
  label: string;
  icon: LucideIcon;
  onClick: () => void;
  /** What it opens is open, or what it starts is running. */
  pressed?: boolean;
  /** A number that asks for attention; none when zero. */
  badge?: number;
  disabled?: boolean;
  hint?: string;
  'data-testid'?: string;
};

export function RoundButton({
  label,
  icon: Icon,
  onClick,
  pressed,
  badge = 0,
  disabled,
  hint,
  ...rest
}: Props) {
  return (
    <button
      type="button"
      className={classes(styles.button, pressed && styles.active)}
      aria-label={badge > 0 ? `${label}, ${badge} new` : label}
      aria-pressed={pressed}
      title={hint ?? label}
      disabled={disabled}
      onClick={onClick}
      {...rest}
    >
      <Icon size={22} aria-hidden="true" />
      {badge > 0 && (
        <span className={styles.badge} aria-hidden="true">
          {badge > 99 ? '99+' : badge}
        </span>
      )}
    </button>
  );
}
