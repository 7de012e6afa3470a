import { User } from 'lucide-react';
import styles from './avatar.module.css';
import { classes } from './classes.ts';
import { initials } from './initials.ts';
import { tintOf } from './tint.ts';

type Props = {
  name: string;
  /** What the tint follows: an id, so that two people of one name can be told apart. */
  seed: string;
  size: 'small' | 'large' | 'fluid';
  'data-testid'?: string;
};

const TINT_CLASSES = [
  styles.tint0,
  styles.tint1,
  styles.tint2,
  styles.tint3,
  styles.tint4,
  styles.tint5,
] as const;

export function Avatar({ name, seed, size, 'data-testid': testId }: Props) {
  return (
    <div
      className={classes(styles.avatar, styles[size], TINT_CLASSES[tintOf(seed)])}
      aria-hidden="true"
      data-testid={testId}
    >
      {initials(name) || <User size="50%" />}
    </div>
  );
}
