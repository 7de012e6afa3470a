import type { Sdk } from '../sdk.ts';

export type ScheduleForm = {
  title: string;
  /** As date and time inputs give them: `2027-03-09` and `14:30`, in the visitor's own time zone. */
  date: string;
  time: string;
  minutes: number;
  password: boolean;
};

type CreateRequest = Parameters<Sdk['createMeeting']>[0];

const HALF_HOUR = 30 * 60_000;

/** The next full half hour, with at least ten minutes until then. */
export function defaultSchedule(now: Date): ScheduleForm {
  const start = new Date(Math.ceil((now.getTime() + 10 * 60_000) / HALF_HOUR) * HALF_HOUR);
  return { title: '', date: dateInput(start), time: timeInput(start), minutes: 60, password: true };
}

/** Null when date and time make no point in time. */
export function scheduleRequest(form: ScheduleForm, timeZone: string): CreateRequest | null {
  const start = new Date(`${form.date}T${form.time}`);
  if (Number.isNaN(start.getTime())) return null;
  return {
    type: 'scheduled',
    title: form.title.trim() || 'Meeting',
    scheduled_start: start.toISOString(),
    time_zone: timeZone,
    duration: form.minutes,
    generate_password: form.password,
  };
}

export function dateInput(date: Date): string {
  return [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join('-');
}

function timeInput(date: Date): string {
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
