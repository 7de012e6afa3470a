import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, Ref } from 'react';
import { classes } from './classes.ts';
import styles from './round-button.module.css';

type Props = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> & {
  label: string;
  icon: LucideIcon;
  /** What it opens is open, or what it starts is running. */
  pressed?: boolean | undefined;
  /** How that looks: lit, for what is going on; in the colour of hands, for one's own hand. */
  tone?: 'accent' | 'hand';
  /** A number that asks for attention; none when zero. */
  badge?: number;
  hint?: string | undefined;
  ref?: Ref<HTMLButtonElement>;
  'data-testid'?: string;
};

/** A control of the meeting. */
export function RoundButton({
  label,
  icon: Icon,
  pressed,
  tone = 'accent',
  badge = 0,
  hint,
  className,
  ...rest
}: Props) {
  const lit = pressed || rest['aria-expanded'] === true;
  return (
    <button
      type="button"
      {...rest}
      className={classes(styles.button, lit && styles[tone], className)}
      aria-pressed={pressed}
    >
      <Icon size={22} aria-hidden="true" />
      <span className="visually-hidden">{badge > 0 ? `${label}, ${badge} new` : label}</span>
      {badge > 0 && (
        <span className={styles.badge} aria-hidden="true">
          {badge > 99 ? '99+' : badge}
        </span>
      )}
      <span className={styles.tip} aria-hidden="true">
        {hint ?? label}
      </span>
    </button>
  );
}
