import { SelectField } from '../ui/select-field.tsx';
import { TextField } from '../ui/text-field.tsx';
import { TEXT_LIMITS } from '../ui/text-limits.ts';
import type { PasswordChoice, ScheduleForm } from './schedule-form.ts';

type Props = { form: ScheduleForm; canKeep: boolean; onChange: (change: Partial<ScheduleForm>) => void };

const CHOICES: Record<PasswordChoice, string> = {
  keep: 'Keep the one it has',
  generate: 'Generate one',
  own: 'Choose my own',
  none: 'No password',
};

export function PasswordFields({ form, canKeep, onChange }: Props) {
  const choices = (['keep', 'generate', 'own', 'none'] as const).filter((each) => each !== 'keep' || canKeep);
  return (
    <>
      <SelectField
        label="Password"
        value={form.passwordChoice}
        data-testid="schedule-password"
        onChange={(event) => {
          const choice = choices.find((each) => each === event.target.value);
          if (choice) onChange({ passwordChoice: choice });
        }}
      >
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {CHOICES[choice]}
          </option>
        ))}
      </SelectField>
      {form.passwordChoice === 'own' && (
        <TextField
          label="Your password"
          hint="4 characters at least. People type it to get in."
          required
          minLength={4}
          maxLength={TEXT_LIMITS.password}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={form.password}
          onChange={(event) => onChange({ password: event.target.value })}
        />
      )}
    </>
  );
}
