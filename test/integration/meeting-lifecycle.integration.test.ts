import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_POSTGRES_KINDS } from '../../scripts/stack/local-postgres.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { Api } from '../headless/api.ts';
import { SignalingClient } from '../headless/signaling-client.ts';
import { until } from '../poll.ts';

/** The control plane as its clients see it, over the real Workers, Durable Objects, queue and Postgres. */
describe.each(LOCAL_POSTGRES_KINDS)('the life of a meeting, on %s PostgreSQL', (postgres) => {
  let stack: Stack;
  let api: Api;
  let database: pg.Client;
  const clients: SignalingClient[] = [];

  beforeAll(async () => {
    stack = await startStack({ ports: 'free', logs: 'quiet', postgres });
    api = new Api(stack.url);
    database = new pg.Client({ connectionString: stack.databaseUrl });
    // One test stops the server under it.
    database.on('error', () => {});
    await database.connect();
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    await database?.end();
    await stack?.close();
  });

  async function enter(meeting: string, name: string, more: Record<string, unknown> = {}) {
    const join = await api.join(meeting, { display_name: name, ...more });
    const client = await SignalingClient.open(join, stack.url);
    clients.push(client);
    const joined = await client.ask({ type: 'join', media: { audio: true, video: true } });
    if (joined.type !== 'joined') throw new Error(JSON.stringify(joined));
    return { join, client, joined };
  }

  it('is created and found by id and by code', async () => {
    const created = await api.createMeeting({ title: 'Planning' });
    expect(created.host_key.length).toBeGreaterThanOrEqual(6);
    expect(created.join_url).toBe(`${stack.url}/j/${created.code}`);
    for (const ref of [created.id, created.code]) {
      expect(await api.getMeeting(ref)).toMatchObject({
        id: created.id,
        title: 'Planning',
        status: 'scheduled',
      });
    }
    expect(JSON.stringify(await api.getMeeting(created.id))).not.toContain(created.host_key);
  });

  it('refuses a schedule in the past, and what is malformed', async () => {
    const past = { type: 'scheduled', scheduled_start: '2020-01-01T00:00:00Z' };
    expect((await api.refused('POST', '/meetings', past)).problem).toMatchObject({
      status: 422,
      code: 'unprocessable',
    });
    const broken = await api.refused('POST', '/meetings', '{"type":');
    expect(broken.problem).toMatchObject({ status: 400, code: 'malformed' });
    expect((await api.refused('GET', `/meetings/${randomUUID()}`)).status).toBe(404);
  });

  it('asks for its password', async () => {
    const { code, password } = await api.createMeeting({ generate_password: true });
    const join = `/meetings/${code}/join`;
    const none = await api.refused('POST', join, { display_name: 'Eve' });
    expect(none.problem).toMatchObject({ status: 403, code: 'password_required' });
    const wrong = await api.refused('POST', join, { display_name: 'Eve', password: 'guess' });
    expect(wrong.problem).toMatchObject({ status: 403, code: 'wrong_password' });
    expect(await api.join(code, { display_name: 'Ada', password })).toMatchObject({ status: 'admitted' });
  });

  it('shows people to each other, carries their chat, and leaves its history in Postgres', async () => {
    const { id, host_key } = await api.createMeeting({ title: 'Weekly' });
    const ada = await enter(id, 'Ada', { host_key });
    const ben = await enter(id, 'Ben');
    expect(ben.joined.state?.participants.map((one) => one.display_name).sort()).toEqual(['Ada', 'Ben']);
    await ada.client.waitFor('participant_joined', (event) => event.participant.display_name === 'Ben');

    const client_id = randomUUID();
    const first = await ben.client.ask({ type: 'chat', text: 'hello', client_id });
    const again = await ben.client.ask({ type: 'chat', text: 'hello', client_id });
    if (first.type !== 'chat_broadcast' || again.type !== 'chat_broadcast')
      throw new Error('no chat_broadcast');
    expect(again.message.message_id).toBe(first.message.message_id);
    await ada.client.waitFor('chat_broadcast', (event) => event.message.text === 'hello');

    await ben.client.ask({ type: 'leave' });
    await ada.client.waitFor('participant_left', (event) => event.participant_id === ben.join.participant_id);
    await ada.client.ask({ type: 'end' });
    expect(await ada.client.waitForClose()).toBe(4410);

    await until('the history in Postgres', 15_000, async () => {
      const sessions = await database.query('select status from meeting_sessions where meeting_id = $1', [
        id,
      ]);
      const people = await database.query(
        'select display_name, role, left_at from meeting_participants where meeting_id = $1 order by display_name',
        [id],
      );
      const chat = await database.query('select content from chat_messages where meeting_id = $1', [id]);
      return (
        sessions.rows[0]?.status === 'ended' &&
        people.rows.length === 2 &&
        people.rows.every((row) => row.left_at !== null) &&
        people.rows[0].role === 'host' &&
        chat.rows.length === 1
      );
    });
    const afterwards = await api.refused('POST', `/meetings/${id}/join`, { display_name: 'Late' });
    expect(afterwards.problem.code).toBe('meeting_ended');
  });

  it('keeps guests from what is the host’s', async () => {
    const { id } = await api.createMeeting();
    const ada = await enter(id, 'Ada');
    const ben = await enter(id, 'Ben');
    const target_user = ada.join.participant_id;
    expect(await ben.client.ask({ type: 'mute', target_user, media: 'audio' })).toMatchObject({
      code: 'forbidden',
    });
    expect(await ben.client.ask({ type: 'remove', target_user })).toMatchObject({ code: 'forbidden' });
    expect(await ben.client.ask({ type: 'end' })).toMatchObject({ code: 'forbidden' });
    const refusal = await api.refused('POST', `/meetings/${id}/end`, undefined, {
      authorization: `Bearer ${ben.join.ticket}`,
    });
    expect(refusal.problem.status).toBe(403);
  });

  it('resumes a dropped socket with exactly what it missed', async () => {
    const { id } = await api.createMeeting();
    const ada = await enter(id, 'Ada');
    const ben = await enter(id, 'Ben');
    const { session_id, session_secret } = ben.joined;
    const last = Math.max(ben.joined.seq, ...ben.client.events().map((one) => ('seq' in one ? one.seq : 0)));
    ben.client.close();
    await ada.client.ask({ type: 'chat', text: 'one', client_id: randomUUID() });
    await ada.client.ask({ type: 'chat', text: 'two', client_id: randomUUID() });

    const back = await SignalingClient.open(ben.join, stack.url);
    clients.push(back);
    const resumed = await back.ask({ type: 'resume', session_id, session_secret, last_seq: last });
    expect(resumed).toMatchObject({ type: 'joined', session_id });
    await back.waitFor('chat_broadcast', (event) => event.message.text === 'two');
    const texts = back.events().flatMap((one) => (one.type === 'chat_broadcast' ? [one.message.text] : []));
    expect(texts).toEqual(['one', 'two']);
  });

  it('lets known meetings be joined while Postgres is away', async () => {
    const { id, code } = await api.createMeeting();
    await api.getMeeting(code);
    await stack.postgres.stop();
    try {
      expect(await api.join(code, { display_name: 'Ada' })).toMatchObject({ status: 'admitted' });
      expect(await api.join(id, { display_name: 'Ben' })).toMatchObject({ status: 'admitted' });
    } finally {
      await stack.postgres.start();
    }
  });

  it('publishes its keys and its contract', async () => {
    const jwks = await fetch(`${stack.url}/.well-known/jwks.json`).then((response) => response.json());
    expect(jwks.keys[0]).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256' });
    expect(JSON.stringify(jwks)).not.toContain('"d"');
    const openapi = await fetch(`${stack.url}/api/v1/openapi.json`).then((response) => response.json());
    expect(openapi.openapi).toBe('3.1.0');
    expect(Object.keys(openapi.paths)).toContain('/api/v1/meetings/{id}/join');
  });
});
