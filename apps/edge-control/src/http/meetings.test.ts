import { Meeting } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { call, knownMeeting, problemIn } from '../../test/support/api.ts';
import { cookie, OTHER_ID, OWNER_ID } from '../../test/support/scene.ts';

describe('POST /meetings', () => {
  const create = (body: unknown, headers = {}) => call('/api/v1/meetings', { body, headers });

  it('names every field that is wrong', async () => {
    const problem = await problemIn(
      await create({ type: 'instant', title: '', duration: 0, settings: { recording: 'cloud' } }),
    );
    expect(problem).toMatchObject({ status: 400, code: 'malformed' });
    expect(problem.errors?.map(({ path }) => path)).toEqual(['title', 'duration', 'settings.recording']);
    expect(await problemIn(await create({ type: 'recurring' }))).toMatchObject({ status: 400 });
    expect(await problemIn(await create([]))).toMatchObject({ status: 400 });
  });

  it('takes JSON only', async () => {
    const malformed = await call('/api/v1/meetings', { raw: '{"type":' });
    expect(await problemIn(malformed)).toMatchObject({ status: 400, code: 'malformed' });
    const text = await call('/api/v1/meetings', { raw: 'x', headers: { 'content-type': 'text/plain' } });
    expect(await problemIn(text)).toMatchObject({ status: 415 });
    expect((await call('/api/v1/meetings', { method: 'POST' })).status).toBe(400);
  });

  it('refuses what cannot be', async () => {
    const past = { type: 'scheduled', scheduled_start: '2020-01-01T00:00:00Z' };
    expect(await problemIn(await create(past))).toMatchObject({ status: 422, code: 'unprocessable' });
    const nowhere = { type: 'scheduled', scheduled_start: '2999-01-01T00:00:00Z', time_zone: 'Mars/Olympus' };
    expect(await problemIn(await create(nowhere))).toMatchObject({ status: 422, code: 'unprocessable' });
  });

  it('says when to come back while Postgres is down, and nothing of why', async () => {
    const response = await create({ type: 'instant' });
    expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    const problem = await problemIn(response);
    expect(problem).toMatchObject({ status: 503, code: 'overloaded' });
    expect(JSON.stringify(problem)).not.toMatch(/postgres|127\.0\.0\.1|meridian:meridian/);
  });

  it('is limited per address', async () => {
    const headers = { 'cf-connecting-ip': '198.51.100.7' };
    const past = { type: 'scheduled', scheduled_start: '2020-01-01T00:00:00Z' };
    const statuses = [];
    for (let i = 0; i < 21; i++) statuses.push((await create(past, headers)).status);
    expect(statuses).toEqual([...Array<number>(20).fill(422), 429]);
    const response = await create(past, headers);
    expect(response.headers.get('retry-after')).toBe('60');
    expect(await problemIn(response)).toMatchObject({ status: 429, code: 'rate_limited' });
  });
});

describe('GET /meetings/{id}', () => {
  it('shows what anybody may know, by id and by code, with Postgres down', async () => {
    const meeting = await knownMeeting({ password: 'pass word' });
    for (const ref of [meeting.id, meeting.code]) {
      const response = await call(`/api/v1/meetings/${ref}`);
      const body = await response.json<Record<string, unknown>>();
      expect(Meeting.parse(body)).toEqual(body);
      expect(body).toMatchObject({
        id: meeting.id,
        join_url: `https://meet.test/j/${meeting.code}`,
        password_required: true,
      });
    }
  });

  it('tells its owner that it is theirs, and everybody which version they see', async () => {
    const meeting = await knownMeeting({ owner_id: OWNER_ID, version: 3 });
    const seen = async (headers: Record<string, string>) => {
      const response = await call(`/api/v1/meetings/${meeting.id}`, { headers });
      return { etag: response.headers.get('etag'), owned: Meeting.parse(await response.json()).owned };
    };
    expect(await seen({})).toEqual({ etag: '"3"', owned: false });
    expect(await seen(await cookie(OTHER_ID))).toEqual({ etag: '"3"', owned: false });
    // Postgres, which is asked for what is certain, is down.
    expect(await seen(await cookie(OWNER_ID))).toEqual({ etag: '"3"', owned: true });
  });

  it('refuses what is no id and no code', async () => {
    expect(await problemIn(await call('/api/v1/meetings/12345678901'))).toMatchObject({
      status: 400,
      errors: [{ path: 'id' }],
    });
  });

  it('cannot tell about others while Postgres is down', async () => {
    expect(await problemIn(await call('/api/v1/meetings/000-0000-0000'))).toMatchObject({ status: 503 });
  });
});

describe('GET /meetings/{id}/invite.ics', () => {
  it('is a file for calendars', async () => {
    const meeting = await knownMeeting({ title: 'Café, Ünter; \u{1f600}', version: 2 });
    const response = await call(`/api/v1/meetings/${meeting.code}/invite.ics`);
    expect(response.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="meeting-${meeting.code}.ics"`,
    );
    const text = await response.text();
    expect(text).toContain('SUMMARY:Café\\, Ünter\\; \u{1f600}\r\n');
    expect(text).toContain(`UID:${meeting.id}@meet.test\r\nSEQUENCE:1\r\n`);
  });
});

describe('PATCH and DELETE /meetings/{id}', () => {
  it('say when to come back while Postgres is down', async () => {
    const meeting = await knownMeeting({ host_key: 'abc' });
    const headers = { 'x-host-key': 'abc' };
    const path = `/api/v1/meetings/${meeting.id}`;
    for (const response of [
      await call(path, { method: 'PATCH', headers, body: { title: 'x' } }),
      await call(path, { method: 'DELETE', headers }),
    ]) {
      expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      expect(await problemIn(response)).toMatchObject({ status: 503, code: 'overloaded' });
    }
  });

  it('refuse what they do not know', async () => {
    const { id } = await knownMeeting({ host_key: 'abc' });
    const patch = (body: unknown) =>
      call(`/api/v1/meetings/${id}`, { method: 'PATCH', headers: { 'x-host-key': 'abc' }, body });
    expect(await problemIn(await patch({ status: 'ended' }))).toMatchObject({ status: 400 });
    expect(await problemIn(await patch({ settings: { recording: 'cloud' } }))).toMatchObject({
      status: 400,
      errors: [{ path: 'settings.recording' }],
    });
  });
});
