import { useId } from 'react';
import styles from './switch-field.module.css';

type Props = {
  label: string;
  hint?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  'data-testid'?: string;
};

export function SwitchField({ label, hint, checked, onChange, 'data-testid': testId }: Props) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label className={styles.text} htmlFor={id}>
        <span className={styles.label}>{label}</span>
        {hint && <span className={styles.hint}>{hint}</span>}
      </label>
      <input
        id={id}
        type="checkbox"
        role="switch"
        className={styles.switch}
        checked={checked}
        aria-checked={checked}
        data-testid={testId}
        onChange={(event) => onChange(event.target.checked)}
      />
    </div>
  );
}
