import { type FormEvent, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { SelectField } from '../ui/select-field.tsx';
import { TextField } from '../ui/text-field.tsx';
import { TEXT_LIMITS } from '../ui/text-limits.ts';
import styles from './meeting-form.module.css';
import { MaxParticipantsField, MeetingOptionFields } from './meeting-options.tsx';
import { PasswordFields } from './password-fields.tsx';
import type { ScheduleForm } from './schedule-form.ts';
import { timeZones, toZoned } from './zoned-time.ts';

const DURATIONS = [
  [15, '15 minutes'],
  [30, '30 minutes'],
  [45, '45 minutes'],
  [60, '1 hour'],
  [90, '1½ hours'],
  [120, '2 hours'],
  [180, '3 hours'],
  [240, '4 hours'],
] as const;

type Props = {
  initial: ScheduleForm;
  /** It has a password that can stay as it is. */
  canKeepPassword: boolean;
  action: string;
  busy: boolean;
  error: string | null;
  onSubmit: (form: ScheduleForm) => void;
  onCancel: () => void;
};

export function MeetingForm({ initial, canKeepPassword, action, busy, error, onSubmit, onCancel }: Props) {
  const [form, setForm] = useState(initial);
  const change = (part: Partial<ScheduleForm>) => setForm((before) => ({ ...before, ...part }));
  const zones = timeZones(initial.timeZone, form.timeZone);
  const durations = DURATIONS.some(([minutes]) => minutes === initial.minutes)
    ? DURATIONS
    : [[initial.minutes, `${initial.minutes} minutes`] as const, ...DURATIONS];

  function submit(event: FormEvent): void {
    event.preventDefault();
    onSubmit(form);
  }

  return (
    <form className={styles.form} onSubmit={submit}>
      <section className={styles.card} aria-labelledby="schedule-what">
        <h2 id="schedule-what" className={styles.heading}>
          What and when
        </h2>
        <TextField
          label="Title"
          placeholder="What is it about?"
          autoComplete="off"
          maxLength={TEXT_LIMITS.title}
          value={form.title}
          data-testid="schedule-title"
          onChange={(event) => change({ title: event.target.value })}
        />
        <div className={styles.row}>
          <TextField
            label="Date"
            type="date"
            required
            min={toZoned(new Date(), form.timeZone).date}
            value={form.date}
            data-testid="schedule-date"
            onChange={(event) => change({ date: event.target.value })}
          />
          <TextField
            label="Time"
            type="time"
            required
            value={form.time}
            data-testid="schedule-time"
            onChange={(event) => change({ time: event.target.value })}
          />
          <SelectField
            label="Duration"
            value={form.minutes}
            data-testid="schedule-duration"
            onChange={(event) => change({ minutes: Number(event.target.value) })}
          >
            {durations.map(([minutes, label]) => (
              <option key={minutes} value={minutes}>
                {label}
              </option>
            ))}
          </SelectField>
        </div>
        <SelectField
          label="Time zone"
          value={form.timeZone}
          data-testid="schedule-time-zone"
          onChange={(event) => change({ timeZone: event.target.value })}
        >
          {zones.map((zone) => (
            <option key={zone} value={zone}>
              {zone.replaceAll('_', ' ')}
            </option>
          ))}
        </SelectField>
        <div className={styles.pair}>
          <PasswordFields form={form} canKeep={canKeepPassword} onChange={change} />
          <MaxParticipantsField
            settings={form.settings}
            onChange={(part) => change({ settings: { ...form.settings, ...part } })}
          />
        </div>
      </section>
      <section className={styles.card} aria-label="Options">
        <MeetingOptionFields
          settings={form.settings}
          onChange={(part) => change({ settings: { ...form.settings, ...part } })}
        />
      </section>
      {error && (
        <Notice tone="danger" data-testid="error">
          {error}
        </Notice>
      )}
      <div className={styles.actions}>
        <Button look="quiet" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" look="primary" busy={busy} data-testid="schedule-create">
          {action}
        </Button>
      </div>
    </form>
  );
}
