import { MeetingSettings } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMeeting } from './rest.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const MEETING = {
  id: '01930000-0000-7000-8000-000000000001',
  code: '123-4567-8901',
  title: 'Meeting',
  type: 'instant',
  status: 'active',
  scheduled_start: null,
  time_zone: 'UTC',
  duration: 60,
  join_url: 'https://meridian.test/j/123-4567-8901',
  password_required: false,
  settings: MeetingSettings.parse({}),
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
  version: 1,
  owned: false,
  host_key: 'key',
};

const refusal = (code: string, status: number, retryAfter?: string) =>
  new Response(JSON.stringify({ type: 'about:blank', title: 'No', status, code }), {
    status,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  });

/** A control plane that answers like this, one request after another; and the keys those came with. */
function controlPlane(...answers: (() => Response)[]) {
  const keys: (string | null)[] = [];
  const send: typeof fetch = async (_input, init) => {
    keys.push(new Headers(init?.headers).get('idempotency-key'));
    const answer = answers[keys.length - 1];
    if (!answer) throw new Error('asked too often');
    return answer();
  };
  const create = () =>
    createMeeting({ type: 'instant' }, { origin: 'https://meridian.test', fetch: send }).then(
      ({ code }) => code,
      ({ code }) => code,
    );
  return { keys, create };
}

const broken = () => {
  throw new TypeError('connection reset');
};
const created = () => new Response(JSON.stringify(MEETING), { status: 201 });

describe('a new meeting', () => {
  it('is asked for until there is an answer, with one key, so that one comes of it', async () => {
    const { keys, create } = controlPlane(broken, () => refusal('conflict', 409, '1'), created);
    const creating = create();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await creating).toBe(MEETING.code);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toBeTruthy();
  });

  it('is asked for again by who is told to come back', async () => {
    const { create } = controlPlane(() => refusal('overloaded', 503, '2'), created);
    const creating = create();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await creating).toBe(MEETING.code);
  });

  it.each([
    ['unprocessable', 422],
    ['internal', 500],
    ['rate_limited', 429],
  ])('is not asked for again when the answer is %s', async (code, status) => {
    const { keys, create } = controlPlane(() => refusal(code, status, '1'));
    expect(await create()).toBe(code);
    expect(keys).toHaveLength(1);
  });

  it('has a key of its own', async () => {
    const { keys, create } = controlPlane(created, created);
    await create();
    await create();
    expect(new Set(keys).size).toBe(2);
  });
});
