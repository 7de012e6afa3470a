import type { LucideIcon } from 'lucide-react';
import { useId } from 'react';
import styles from './segmented.module.css';

type Option<T extends string> = { value: T; label: string; icon?: LucideIcon };

type Props<T extends string> = {
  legend: string;
  options: readonly Option<T>[];
  value: T;
  onChange: (value: T) => void;
};

/** A few choices side by side: radio buttons that look like one control. */
export function Segmented<T extends string>({ legend, options, value, onChange }: Props<T>) {
  const name = useId();
  return (
    <fieldset className={styles.group}>
      <legend className="visually-hidden">{legend}</legend>
      {options.map(({ value: each, label, icon: Icon }) => (
        <label key={each} className={styles.option}>
          <input
            type="radio"
            name={name}
            className="visually-hidden"
            checked={each === value}
            onChange={() => onChange(each)}
          />
          {Icon && <Icon size={16} aria-hidden="true" />}
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
