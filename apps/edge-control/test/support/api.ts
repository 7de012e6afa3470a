import { env, exports } from 'cloudflare:workers';
import { MeetingSettings, Problem } from '@meridian/protocol';
import { hashSecret } from '../../src/auth/secrets.ts';
import { CONFIG } from '../../src/config.ts';
import { cacheMeeting } from '../../src/storage/meeting-cache.ts';
import { newMeetingCode } from '../../src/storage/meeting-code.ts';
import { newMeetingId } from '../../src/storage/meeting-id.ts';
import type { StoredMeeting } from '../../src/storage/stored-meeting.ts';

const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes);

export type Call = {
  method?: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is. */
  raw?: string;
};

/** A request as the world makes it. Everybody has an address of their own unless the headers say otherwise. */
export function call(path: string, { method, headers = {}, body, raw }: Call = {}): Promise<Response> {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return exports.default.fetch(
    new Request(new URL(path, env.PUBLIC_ORIGIN), {
      method: method ?? (text === undefined ? 'GET' : 'POST'),
      headers: {
        'cf-connecting-ip': crypto.randomUUID(),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
    }),
  );
}

/** The problem a response must be; its status has to say the same. */
export async function problemIn(response: Response): Promise<Problem> {
  const problem = Problem.parse(await response.json());
  if (
    response.headers.get('content-type') !== 'application/problem+json' ||
    problem.status !== response.status
  ) {
    throw new Error(`not a problem: ${response.status} ${JSON.stringify(problem)}`);
  }
  return problem;
}

export type Known = Partial<StoredMeeting> & { password?: string; host_key?: string };

/** A meeting the cache knows, as if it had been made and Postgres were down since. */
export async function knownMeeting({
  password,
  host_key = 'the host key',
  ...more
}: Known = {}): Promise<StoredMeeting> {
  const created_at = new Date().toISOString();
  const meeting: StoredMeeting = {
    id: newMeetingId('none', Date.now(), random),
    code: newMeetingCode(random),
    owner_id: null,
    title: 'Weekly',
    type: 'instant',
    status: 'scheduled',
    scheduled_start: null,
    time_zone: 'UTC',
    duration: 60,
    settings: MeetingSettings.parse({}),
    password_hash: password === undefined ? null : await hashSecret(password, CONFIG.secrets.password),
    host_key_hash: await hashSecret(host_key, CONFIG.secrets.hostKey),
    created_at,
    updated_at: created_at,
    closed_at: null,
    version: 1,
    ...more,
  };
  await cacheMeeting(env.MEETING_CACHE, meeting, Date.now());
  return meeting;
}
