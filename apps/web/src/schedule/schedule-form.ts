import type { Meeting, UpdateMeetingRequest } from '@meridian/protocol';
import type { Sdk } from '../sdk.ts';
import { toInstant, toZoned } from './zoned-time.ts';

export type PasswordChoice = 'keep' | 'none' | 'generate' | 'own';

export type MeetingOptions = Omit<Meeting['settings'], 'recording' | 'e2e_encryption'>;

export type ScheduleForm = {
  title: string;
  /** As date and time inputs give them, in `timeZone`. */
  date: string;
  time: string;
  timeZone: string;
  minutes: number;
  passwordChoice: PasswordChoice;
  password: string;
  settings: MeetingOptions;
};

type CreateRequest = Extract<Parameters<Sdk['createMeeting']>[0], { type: 'scheduled' }>;

const HALF_HOUR = 30 * 60_000;
const TIME_TO_INVITE = 10 * 60_000;

const DEFAULT_OPTIONS: MeetingOptions = {
  waiting_room: false,
  allow_guests: true,
  join_before_host: true,
  mute_on_entry: false,
  allow_unmute: true,
  allow_screen_share: 'all',
  allow_chat: 'all',
  allow_private_chat: true,
  max_participants: 100,
};

/** The next full half hour that leaves time to invite people. */
export function newSchedule(now: Date, timeZone: string): ScheduleForm {
  const start = new Date(Math.ceil((now.getTime() + TIME_TO_INVITE) / HALF_HOUR) * HALF_HOUR);
  return {
    title: '',
    ...toZoned(start, timeZone),
    timeZone,
    minutes: 60,
    passwordChoice: 'generate',
    password: '',
    settings: DEFAULT_OPTIONS,
  };
}

export function scheduleOf(meeting: Meeting, now: Date): ScheduleForm {
  const { recording: _recording, e2e_encryption: _encryption, ...settings } = meeting.settings;
  const start = meeting.scheduled_start === null ? now : new Date(meeting.scheduled_start);
  return {
    title: meeting.title,
    ...toZoned(start, meeting.time_zone),
    timeZone: meeting.time_zone,
    minutes: meeting.duration,
    passwordChoice: meeting.password_required ? 'keep' : 'none',
    password: '',
    settings,
  };
}

/** Null when date and time make no point in time. */
export function createRequest(form: ScheduleForm): CreateRequest | null {
  const start = toInstant(form, form.timeZone);
  if (!start) return null;
  return {
    type: 'scheduled',
    title: form.title.trim() || 'Meeting',
    scheduled_start: start.toISOString(),
    time_zone: form.timeZone,
    duration: form.minutes,
    ...(form.passwordChoice === 'generate' && { generate_password: true }),
    ...(form.passwordChoice === 'own' && { password: form.password }),
    settings: form.settings,
  };
}

/** Null when date and time make no point in time. Passwords are made here: the API makes them only for new meetings. */
export function updateRequest(form: ScheduleForm, generated: () => string): UpdateMeetingRequest | null {
  const start = toInstant(form, form.timeZone);
  if (!start) return null;
  const password = { keep: undefined, none: null, generate: generated(), own: form.password } as const;
  const chosen = password[form.passwordChoice];
  return {
    title: form.title.trim() || 'Meeting',
    scheduled_start: start.toISOString(),
    time_zone: form.timeZone,
    duration: form.minutes,
    ...(chosen !== undefined && { password: chosen }),
    settings: form.settings,
  };
}

/** Read out over the phone without mistakes: no l, 1, o, 0. 40 bits, and the tries are limited. */
export function generatePassword(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
  return [...crypto.getRandomValues(new Uint8Array(8))]
    .map((byte) => letters[byte % letters.length])
    .join('');
}
