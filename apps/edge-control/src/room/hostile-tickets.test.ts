import { env } from 'cloudflare:workers';
import { signaling } from '@meridian/protocol';
import { base64url, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { call, knownMeeting, problemIn } from '../../test/support/api.ts';
import { signMediaToken, signTicket } from '../auth/tokens.ts';
import { newRoom } from './testing/fixtures.ts';
import { SocketReader } from './testing/socket-reader.ts';
import { TestClient } from './testing/test-client.ts';

/** The signaling socket as somebody from outside opens it. */
function open(meetingId: string, ticket: string): Promise<Response> {
  return call(`/api/v1/meetings/${meetingId}/signal`, {
    headers: {
      upgrade: 'websocket',
      origin: env.PUBLIC_ORIGIN,
      'sec-websocket-protocol': `${signaling.SIGNALING_SUBPROTOCOL}, ${ticket}`,
    },
  });
}

const HOURS = 3_600_000;

describe('a forged or worn ticket', () => {
  async function scene() {
    const { room, meeting } = newRoom();
    const host = await TestClient.join(room, meeting, { role: 'host' });
    const bob = await TestClient.join(room, meeting);
    const claims = { sub: host.id, sid: host.sessionId, meeting: meeting.id, role: 'host' } as const;
    const unharmed = async () => {
      const text = crypto.randomUUID();
      await host.ask({ type: 'chat', text, client_id: text });
      await bob.event('chat_broadcast', ({ message }) => message.text === text);
      expect([host.reader.closed, bob.reader.closed]).toEqual([null, null]);
    };
    return { room, meeting, host, bob, claims, unharmed };
  }

  it('opens nothing', async () => {
    const { meeting, claims, unharmed } = await scene();
    const now = Date.now();
    const good = await signTicket(env, claims, now);
    const [header = '', payload = '', signature = ''] = good.split('.');
    const withHeader = (change: object) =>
      base64url.encode(JSON.stringify({ ...JSON.parse(atob(header)), ...change }));
    const foreign = await generateKeyPair('ES256', { extractable: true });
    const body = { ...claims, aud: 'room', iss: env.PUBLIC_ORIGIN };
    const byForeign = (more: object) =>
      new SignJWT(body)
        .setProtectedHeader({ alg: 'ES256', typ: 'ticket+jwt', kid: 'test-1', ...more })
        .setExpirationTime('1h')
        .sign(foreign.privateKey);
    const media = {
      sub: claims.sub,
      sid: claims.sid,
      gen: 1,
      meeting: meeting.id,
      meeting_session: crypto.randomUUID(),
      role: 'host',
      kind: 'participant',
      can_publish: [],
      can_subscribe: true,
      nodes: ['amsterdam'],
    } satisfies Parameters<typeof signMediaToken>[1];
    const forged = {
      expired: await signTicket(env, claims, now - 13 * HOURS),
      'of another audience': await signMediaToken(env, media, now),
      'alg none': `${withHeader({ alg: 'none' })}.${payload}.`,
      'alg none, with its signature': `${withHeader({ alg: 'none' })}.${payload}.${signature}`,
      'alg HS256 with the public key': await new SignJWT(body)
        .setProtectedHeader({ alg: 'HS256', typ: 'ticket+jwt', kid: 'test-1' })
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode(JSON.stringify(await exportJWK(foreign.publicKey)))),
      'of a foreign key': await byForeign({}),
      'of a key it brings itself': await byForeign({ jwk: await exportJWK(foreign.publicKey) }),
      'of a key that is fetched': await byForeign({ jku: 'https://evil.test/jwks', kid: 'evil' }),
      'with other claims': `${header}.${base64url.encode(JSON.stringify({ ...body, exp: 9e9 }))}.${signature}`,
      truncated: good.slice(0, -8),
    };
    for (const [kind, ticket] of Object.entries(forged)) {
      const response = await open(meeting.id, ticket);
      expect([kind, response.status]).toEqual([kind, 401]);
      expect((await problemIn(response)).code).toMatch(/unauthorized|token_expired/);
    }
    await unharmed();
    // What differs is right in this one.
    expect((await open(meeting.id, good)).status).toBe(101);
  });

  it('of another meeting opens nothing either', async () => {
    const { claims, unharmed } = await scene();
    const ticket = await signTicket(env, claims, Date.now());
    expect((await problemIn(await open((await knownMeeting()).id, ticket))).status).toBe(403);
    await unharmed();
  });

  it('of somebody who was removed, has left, or was never there, is told so', async () => {
    const { meeting, host, bob, claims, unharmed } = await scene();
    const eve = await TestClient.join(bob.room, meeting);
    const zoe = await TestClient.join(bob.room, meeting);
    await host.ask({ type: 'remove', target_user: eve.id });
    await zoe.ask({ type: 'leave' });
    const nobody = { sub: crypto.randomUUID(), sid: crypto.randomUUID() };
    const mixed = { sub: host.id, sid: bob.sessionId };
    for (const [who, code, close] of [
      [{ sub: eve.id, sid: eve.sessionId }, 'removed', 4403],
      [{ sub: zoe.id, sid: zoe.sessionId }, 'session_expired', 4440],
      [nobody, 'session_expired', 4440],
      [mixed, 'session_expired', 4440],
    ] as const) {
      const response = await open(meeting.id, await signTicket(env, { ...claims, ...who }, Date.now()));
      const reader = new SocketReader(response, (text) => signaling.RoomToClient.parse(JSON.parse(text)));
      reader.socket.send('{"v":1,"type":"join","ref":1,"media":{"audio":true,"video":true}}');
      expect(await reader.next((frame): frame is typeof frame => frame.ref === 1)).toMatchObject({ code });
      expect(await reader.closing()).toBe(close);
    }
    await unharmed();
  });

  it('says nothing about the role: that is the room’s', async () => {
    const { meeting, bob, claims, unharmed } = await scene();
    const ticket = await signTicket(
      env,
      { ...claims, sub: bob.id, sid: bob.sessionId, role: 'host' },
      Date.now(),
    );
    const reader = new SocketReader(await open(meeting.id, ticket), (text) =>
      signaling.RoomToClient.parse(JSON.parse(text)),
    );
    reader.socket.send('{"v":1,"type":"join","ref":1,"media":{"audio":true,"video":true}}');
    reader.socket.send('{"v":1,"type":"end","ref":2}');
    expect(await reader.next((frame): frame is typeof frame => frame.ref === 2)).toMatchObject({
      code: 'forbidden',
    });
    await bob.reconnect();
    await bob.ask({ type: 'join', media: { audio: true, video: true } });
    await unharmed();
  });
});
