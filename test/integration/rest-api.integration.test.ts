import { randomUUID } from 'node:crypto';
import {
  ChatList,
  ChatMessage,
  CreateApiKeyResponse,
  CreateMeetingResponse,
  JoinResponse,
  Meeting,
  MeetingList,
  ParticipantList,
  Problem,
  SfuAssignment,
  WaitingList,
} from '@meridian/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { Browser } from '../headless/browser.ts';
import { SignalingClient } from '../headless/signaling-client.ts';
import { until } from '../poll.ts';

type Headers = Record<string, string>;
type Answer<T> = { status: number; headers: globalThis.Headers; body: T };

const FUTURE = '2999-03-01T09:00:00Z';

/** The REST API as programs and pages use it, over the real Workers, Durable Objects, queue and Postgres. */
describe('the REST API', () => {
  let stack: Stack;
  let ann: Browser;
  let key: Headers;
  const clients: SignalingClient[] = [];

  beforeAll(async () => {
    stack = await startStack({ ports: 'free', logs: 'quiet', regions: ['eu-west'], oidc: true });
    ann = new Browser();
    await ann.signIn(stack.url, { email: 'ada@example.com' });
    const made = await ask(CreateApiKeyResponse, 'POST', '/api-keys', {
      browser: ann,
      body: { name: 'test', scopes: ['meetings:read', 'meetings:write'] },
    });
    key = { authorization: `Bearer ${made.body.key}` };
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(() => stack?.close());

  type Request = { browser?: Browser; headers?: Headers; body?: unknown };

  function send(method: string, path: string, { browser = new Browser(), headers = {}, body }: Request = {}) {
    return browser.request(`${stack.url}/api/v1${path}`, {
      method,
      headers: {
        origin: stack.url,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async function ask<S extends z.ZodType>(
    schema: S,
    method: string,
    path: string,
    request?: Request,
  ): Promise<Answer<z.output<S>>> {
    const response = await send(method, path, request);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const { status, headers } = response;
    return { status, headers, body: schema.parse(JSON.parse(text)) };
  }

  async function refused(method: string, path: string, request?: Request): Promise<Problem> {
    const response = await send(method, path, request);
    const problem = Problem.parse(await response.json());
    expect(problem.status).toBe(response.status);
    return problem;
  }

  const create = async (body: Record<string, unknown> = {}, request: Request = { headers: key }) =>
    (
      await ask(CreateMeetingResponse, 'POST', '/meetings', {
        ...request,
        body: { type: 'instant', ...body },
      })
    ).body;

  async function enter(meeting: string, name: string, request: Request = {}) {
    const body = { display_name: name };
    const join = (await ask(JoinResponse, 'POST', `/meetings/${meeting}/join`, { ...request, body })).body;
    const client = await SignalingClient.open(join, stack.url);
    clients.push(client);
    const answer = await client.ask({ type: 'join', media: { audio: true, video: true } });
    return { client, answer, id: join.participant_id, ticket: { authorization: `Bearer ${join.ticket}` } };
  }

  describe('meetings of one’s own', () => {
    it('are created by browsers and programs alike, and listed for both', async () => {
      const byKey = await create({ type: 'scheduled', scheduled_start: FUTURE, title: 'By key' });
      const byPage = await create({ title: 'By page' }, { browser: ann });
      const nobodys = await create({}, {});
      expect([byKey.owned, byPage.owned, nobodys.owned]).toEqual([true, true, false]);
      for (const request of [{ headers: key }, { browser: ann }]) {
        const { items } = (await ask(MeetingList, 'GET', '/meetings?limit=100', request)).body;
        const ids = items.map(({ id }) => id);
        expect(ids).toEqual(expect.arrayContaining([byKey.id, byPage.id]));
        expect(ids).not.toContain(nobodys.id);
        expect(items.every(({ owned }) => owned)).toBe(true);
      }
    });

    it('come in pages', async () => {
      const ben = new Browser();
      await ben.signIn(stack.url, { email: 'ben@example.com' });
      const made: string[] = [];
      for (let i = 0; i < 5; i++) made.push((await create({ title: `${i}` }, { browser: ben })).id);
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const path = `/meetings?limit=2&order=desc${query}`;
        const page: MeetingList = (await ask(MeetingList, 'GET', path, { browser: ben })).body;
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.next_cursor;
        // Comes before everything that is still to be read.
        await create({}, { browser: ben });
      }
      expect(seen).toEqual(made.reverse());
      expect(await refused('GET', '/meetings?cursor=x', { browser: ben })).toMatchObject({ status: 400 });
    });

    it('are changed by who knows their latest version', async () => {
      const { id, code } = await create({ type: 'scheduled', scheduled_start: FUTURE });
      const before = await ask(Meeting, 'GET', `/meetings/${id}`, { headers: key });
      const etag = before.headers.get('etag') ?? '';
      expect([etag, before.body.version]).toEqual(['"1"', 1]);
      const change = (body: unknown, headers: Headers = {}) => ({ headers: { ...key, ...headers }, body });

      const changed = await ask(
        Meeting,
        'PATCH',
        `/meetings/${code}`,
        change(
          { title: 'Changed', password: 'secret', settings: { waiting_room: true } },
          { 'if-match': etag },
        ),
      );
      expect(changed.headers.get('etag')).toBe('"2"');
      expect(changed.body).toMatchObject({ title: 'Changed', password_required: true, version: 2 });
      expect(changed.body.settings).toEqual({ ...before.body.settings, waiting_room: true });
      // Whoever comes next meets the change, out of the cache.
      expect((await ask(Meeting, 'GET', `/meetings/${code}`)).body).toEqual({
        ...changed.body,
        owned: false,
      });
      const join = { body: { display_name: 'Ben' } };
      expect(await refused('POST', `/meetings/${id}/join`, join)).toMatchObject({
        code: 'password_required',
      });

      const stale = await refused('PATCH', `/meetings/${id}`, change({ title: 'x' }, { 'if-match': etag }));
      expect(stale).toMatchObject({ status: 409, code: 'version_conflict' });
      const late = await refused('DELETE', `/meetings/${id}`, change(undefined, { 'if-match': etag }));
      expect(late).toMatchObject({ status: 409, code: 'version_conflict' });
    });

    it('take changes made at once, one after the other', async () => {
      const { id } = await create({ type: 'scheduled', scheduled_start: FUTURE });
      const patch = (body: unknown) => ask(Meeting, 'PATCH', `/meetings/${id}`, { headers: key, body });
      await Promise.all([patch({ title: 'Both' }), patch({ duration: 15 })]);
      const { body } = await ask(Meeting, 'GET', `/meetings/${id}`, { headers: key });
      expect(body).toMatchObject({ title: 'Both', duration: 15, version: 3 });
    });

    it('are made once by tries with the same key, with the secrets that are shown once', async () => {
      const headers = { ...key, 'idempotency-key': randomUUID() };
      const body = { type: 'instant', generate_password: true, title: 'Once' };
      const tries = await Promise.all(
        Array.from({ length: 4 }, () => send('POST', '/meetings', { headers, body })),
      );
      const done = tries.filter(({ status }) => status === 201);
      expect(done.length).toBeGreaterThanOrEqual(1);
      for (const busy of tries.filter(({ status }) => status !== 201)) {
        expect([busy.status, busy.headers.get('retry-after')]).toEqual([409, '1']);
      }
      const again = await ask(CreateMeetingResponse, 'POST', '/meetings', { headers, body });
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect(await done[0]?.json()).toEqual(again.body);
      const query = '/meetings?limit=100&order=desc';
      const { items } = (await ask(MeetingList, 'GET', query, { headers: key })).body;
      expect(items.filter(({ title }) => title === 'Once')).toHaveLength(1);
    });
  });

  describe('a running meeting', () => {
    it('follows its record, and ends for everybody when it is deleted', async () => {
      const { id } = await create({ title: 'Before' });
      const ben = await enter(id, 'Ben');
      // What the owner changes reaches a meeting that runs, once Postgres has heard that it does.
      await until('the meeting to be known as running', 10_000, async () => {
        const { body } = await ask(Meeting, 'GET', `/meetings/${id}`, { headers: key });
        return body.status === 'active';
      });
      const body = { settings: { allow_chat: 'none' } };
      await ask(Meeting, 'PATCH', `/meetings/${id}`, { headers: key, body });
      await ben.client.waitFor('meeting_updated', ({ settings }) => settings.allow_chat === 'none');

      expect((await send('DELETE', `/meetings/${id}`, { headers: key })).status).toBe(204);
      await ben.client.waitFor('meeting_ended');
      const join = { body: { display_name: 'Cho' } };
      expect(await refused('POST', `/meetings/${id}/join`, join)).toMatchObject({
        status: 404,
        code: 'meeting_ended',
      });
      expect((await send('DELETE', `/meetings/${id}`, { headers: key })).status).toBe(204);
      expect(await refused('PATCH', `/meetings/${id}`, { headers: key, body })).toMatchObject({
        status: 409,
      });
      expect((await ask(Meeting, 'GET', `/meetings/${id}`, { headers: key })).body.status).toBe('ended');
    });

    it('that has not begun is cancelled, and taken out of calendars', async () => {
      const { id } = await create({ type: 'scheduled', scheduled_start: FUTURE });
      const invite = async () => (await send('GET', `/meetings/${id}/invite.ics`)).text();
      expect(await invite()).toContain('METHOD:PUBLISH');
      expect((await send('DELETE', `/meetings/${id}`, { browser: ann })).status).toBe(204);
      const cancelled = await invite();
      expect(cancelled).toContain('METHOD:CANCEL');
      expect(cancelled).toContain('SEQUENCE:1');
      expect(await refused('POST', `/meetings/${id}/join`, { body: { display_name: 'B' } })).toMatchObject({
        code: 'meeting_ended',
      });
    });

    it('is run from outside by its owner, and from inside by its hosts', async () => {
      const { id, host_key } = await create({ settings: { waiting_room: true } });
      const host = await enter(id, 'Ada', { browser: ann });
      const waiting = [await enter(id, 'Ben'), await enter(id, 'Cho'), await enter(id, 'Dan')];
      expect(waiting.map(({ answer }) => answer.type)).toEqual(['waiting', 'waiting', 'waiting']);
      const [ben, cho, dan] = waiting.map(({ id: pid }) => pid);
      const list = async () =>
        (await ask(WaitingList, 'GET', `/meetings/${id}/waiting-room`, { headers: key })).body.items;
      expect((await list()).map(({ display_name }) => display_name)).toEqual(['Ben', 'Cho', 'Dan']);

      const door = `/meetings/${id}/waiting-room`;
      expect((await send('POST', `${door}/${ben}/admit`, { headers: key })).status).toBe(204);
      expect(
        (await send('POST', `${door}/${cho}/deny`, { headers: { 'x-host-key': host_key } })).status,
      ).toBe(204);
      expect((await send('POST', `${door}/admit-all`, { headers: host.ticket })).status).toBe(204);
      await waiting[0]?.client.waitFor('joined');
      await waiting[2]?.client.waitFor('joined');
      expect(await waiting[1]?.client.waitForClose()).toBeGreaterThan(4000);
      expect(await refused('POST', `${door}/${randomUUID()}/admit`, { headers: key })).toMatchObject({
        status: 404,
      });

      const people = async (headers: Headers) =>
        (await ask(ParticipantList, 'GET', `/meetings/${id}/participants`, { headers })).body.items;
      expect((await people(key)).map(({ display_name }) => display_name).sort()).toEqual([
        'Ada',
        'Ben',
        'Dan',
      ]);
      const media = { body: { audio: false, video: false }, headers: key };
      expect((await send('PUT', `/meetings/${id}/participants/${dan}/media`, media)).status).toBe(204);
      const muted = (await people(host.ticket)).find(({ participant_id }) => participant_id === dan);
      expect(muted?.media).toMatchObject({ audio: false, video: false });

      const { sfu } = (await ask(SfuAssignment, 'GET', `/meetings/${id}/sfu`, { headers: host.ticket })).body;
      expect(sfu.node_id).toBe('eu-west-1');
      expect((await send('POST', `/meetings/${id}/end`, { headers: key })).status).toBe(204);
      await host.client.waitFor('meeting_ended');
      expect(await refused('GET', `/meetings/${id}/participants`, { headers: key })).toMatchObject({
        status: 404,
      });
    });
  });

  describe('the chat', () => {
    it('is read by everybody as far as it is theirs, while the meeting runs and afterwards', async () => {
      const { id } = await create();
      const host = await enter(id, 'Ada', { browser: ann });
      const [ben, cho] = [await enter(id, 'Ben'), await enter(id, 'Cho')];
      const say = async (who: typeof ben, text: string, recipient_id?: string) => {
        const body = {
          text,
          client_id: randomUUID(),
          ...(recipient_id === undefined ? {} : { recipient_id }),
        };
        const path = `/meetings/${id}/chat`;
        const sent = await ask(ChatMessage, 'POST', path, { headers: who.ticket, body });
        const again = await ask(ChatMessage, 'POST', path, { headers: who.ticket, body });
        expect([sent.status, again.body]).toEqual([201, sent.body]);
        return sent.body;
      };
      for (let i = 0; i < 4; i++) await say(ben, `to all ${i}`);
      await say(ben, 'to cho', cho.id);
      await say(ben, 'to ada', host.id);
      const told = await ben.client.waitFor('chat_broadcast', ({ message }) => message.text === 'to ada');
      expect(told.message.recipient_id).toBe(host.id);

      const all = ['to all 0', 'to all 1', 'to all 2', 'to all 3'];
      const read = async (request: Request, limit = 3) => {
        const pages: string[][] = [];
        for (let cursor: string | null = ''; cursor !== null; ) {
          const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
          const path = `/meetings/${id}/chat?limit=${limit}${query}`;
          const page: ChatList = (await ask(ChatList, 'GET', path, request)).body;
          pages.unshift(page.items.map(({ text }) => text));
          cursor = page.next_cursor;
        }
        return pages.flat();
      };
      const everybodyReads = async () => ({
        ben: await read({ headers: ben.ticket }),
        cho: await read({ headers: cho.ticket }),
        ada: await read({ headers: host.ticket }),
      });
      const theirs = {
        ben: [...all, 'to cho', 'to ada'],
        cho: [...all, 'to cho'],
        ada: [...all, 'to ada'],
      };
      expect(await everybodyReads()).toEqual(theirs);

      expect((await send('POST', `/meetings/${id}/end`, { headers: key })).status).toBe(204);
      await host.client.waitFor('meeting_ended');
      // The room hands over what it has to Postgres within seconds.
      const owners = [...all, 'to ada'];
      await until('the owner to read all of it', 15_000, async () => {
        const texts = await read({ headers: key }).catch(() => []);
        return texts.length === owners.length;
      });
      expect(await read({ headers: key })).toEqual(owners);
      await until('the history to be complete', 15_000, async () => {
        const texts = await read({ headers: ben.ticket });
        return texts.length === theirs.ben.length;
      });
      expect(await everybodyReads()).toEqual(theirs);
    });
  });

  describe('pages', () => {
    it('come with headers that let nothing in but what is ours', async () => {
      for (const path of ['/', '/j/123-4567-8901']) {
        const { headers, status } = await fetch(stack.url + path);
        expect(status).toBe(200);
        const policy = headers.get('content-security-policy') ?? '';
        expect(policy).toContain("script-src 'self'");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).toContain("base-uri 'none'");
        expect(policy).toContain("object-src 'none'");
        expect(policy).not.toMatch(/unsafe-(inline|eval)/);
        expect(headers.get('permissions-policy')).toContain('camera=(self)');
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('referrer-policy')).toBe('same-origin');
      }
    });

    it('of the reference load what they name', async () => {
      const html = await (await fetch(`${stack.url}/api/v1/docs`)).text();
      const urls = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');
      expect(urls).toHaveLength(3);
      for (const url of urls) {
        const response = await fetch(stack.url + url);
        // What does not exist would be answered with the web app's page.
        expect([response.status, response.headers.get('content-type')]).not.toContain(
          'text/html; charset=utf-8',
        );
        expect(response.status).toBe(200);
        await response.body?.cancel();
      }
    });
  });
});
