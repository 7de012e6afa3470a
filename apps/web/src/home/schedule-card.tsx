import type { CreateMeetingResponse } from '@meridian/protocol';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { SelectField } from '../ui/select-field.tsx';
import { SwitchField } from '../ui/switch-field.tsx';
import { TextField } from '../ui/text-field.tsx';
import { TEXT_LIMITS } from '../ui/text-limits.ts';
import { dateInput, defaultSchedule, scheduleRequest } from './schedule.ts';
import styles from './schedule-card.module.css';
import { useCreateMeeting } from './use-create-meeting.ts';

const DURATIONS = [
  [15, '15 minutes'],
  [30, '30 minutes'],
  [45, '45 minutes'],
  [60, '1 hour'],
  [90, '1½ hours'],
  [120, '2 hours'],
  [240, '4 hours'],
] as const;

type Props = { onScheduled: (meeting: CreateMeetingResponse) => void; onCancel: () => void };

export function ScheduleCard({ onScheduled, onCancel }: Props) {
  const [form, setForm] = useState(() => defaultSchedule(new Date()));
  const { creating, error, create } = useCreateMeeting();
  const card = useRef<HTMLFormElement>(null);
  const title = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // The button that opened the form is gone, and the focus with it.
    title.current?.focus();
    card.current?.scrollIntoView({ block: 'nearest' });
  }, []);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const request = scheduleRequest(form, Intl.DateTimeFormat().resolvedOptions().timeZone);
    const meeting = request && (await create(request));
    if (meeting) onScheduled(meeting);
  }

  return (
    <form ref={card} className={styles.card} onSubmit={submit} aria-label="Schedule a meeting">
      <h2 className={styles.title}>Schedule a meeting</h2>
      <TextField
        label="Title"
        placeholder="What is it about?"
        autoComplete="off"
        ref={title}
        maxLength={TEXT_LIMITS.title}
        value={form.title}
        data-testid="schedule-title"
        onChange={(event) => setForm({ ...form, title: event.target.value })}
      />
      <div className={styles.row}>
        <TextField
          label="Date"
          type="date"
          required
          min={dateInput(new Date())}
          value={form.date}
          data-testid="schedule-date"
          onChange={(event) => setForm({ ...form, date: event.target.value })}
        />
        <TextField
          label="Time"
          type="time"
          required
          value={form.time}
          data-testid="schedule-time"
          onChange={(event) => setForm({ ...form, time: event.target.value })}
        />
        <SelectField
          label="Duration"
          value={form.minutes}
          data-testid="schedule-duration"
          onChange={(event) => setForm({ ...form, minutes: Number(event.target.value) })}
        >
          {DURATIONS.map(([minutes, label]) => (
            <option key={minutes} value={minutes}>
              {label}
            </option>
          ))}
        </SelectField>
      </div>
      <SwitchField
        label="Protect with a password"
        hint="People then need more than the link to join."
        checked={form.password}
        data-testid="schedule-password"
        onChange={(password) => setForm({ ...form, password })}
      />
      {error && (
        <Notice tone="danger" data-testid="error">
          {error}
        </Notice>
      )}
      <div className={styles.actions}>
        <Button look="quiet" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" look="primary" busy={creating} data-testid="schedule-create">
          Schedule
        </Button>
      </div>
    </form>
  );
}
