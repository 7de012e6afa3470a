import { randomUUID } from 'node:crypto';
import { AUDIENCE, CLOSE, encode, relay, SIGNING_ALGORITHM } from '@meridian/protocol';
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { TestFleet } from '../testing/fleet.ts';
import { MediaClient } from '../testing/media-client.ts';
import { until } from '../testing/until.ts';

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await TestFleet.start(25000, ['node-a']);
});
afterAll(() => fleet.close());

type Claims = Record<string, unknown>;
const seconds = (from: number) => Math.floor(Date.now() / 1000) + from;
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Ways to make a token that is worth nothing out of one that is good. */
const FORGERIES: Record<string, (good: Claims) => Promise<string>> = {
  'has expired': (good) => fleet.control.sign({ ...good, exp: seconds(-60) }),
  'never expires': ({ exp: _exp, ...good }) => fleet.control.sign(good),
  'is for another audience': (good) => fleet.control.sign({ ...good, aud: AUDIENCE.ticket }),
  'is signed by nobody': async (good) => `${part({ alg: 'none', typ: 'JWT' })}.${part(good)}.`,
  'is signed by a stranger': async (good) => {
    const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM);
    return new SignJWT(good).setProtectedHeader({ alg: SIGNING_ALGORITHM, kid: 'k1' }).sign(privateKey);
  },
  // The public key used as if it were a shared secret (RFC 8725 §2.1).
  'is signed with the public key': async (good) => {
    const secret = new TextEncoder().encode(JSON.stringify(fleet.control.keys.publicKey));
    return new SignJWT(good).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(secret);
  },
  'names a key that there is not': (good) => fleet.control.sign(good, 'k2'),
  'was changed after signing': async (good) => {
    const [head, , signature] = (await fleet.control.sign(good)).split('.');
    return `${head}.${part({ ...good, role: 'host', to: 'node-b' })}.${signature}`;
  },
  'lacks what it must say': ({ meeting: _meeting, ...good }) => fleet.control.sign(good),
  'is no token': async () => 'x.y.z',
};
const CODES: Record<string, string> = { 'has expired': 'token_expired' };

const ENDPOINT = {
  ip: '127.0.0.1',
  port: 9,
  srtp_parameters: {
    cryptoSuite: 'AEAD_AES_256_GCM' as const,
    keyBase64: Buffer.alloc(44).toString('base64'),
  },
};

describe('a media token that', () => {
  const good = (): Claims => ({
    aud: AUDIENCE.media,
    sub: randomUUID(),
    sid: randomUUID(),
    gen: 1,
    meeting: fleet.meetingId,
    meeting_session: randomUUID(),
    role: 'participant',
    kind: 'participant',
    can_publish: ['microphone'],
    can_subscribe: true,
    nodes: ['node-a'],
    exp: seconds(120),
  });
  async function greet(token: string): Promise<MediaClient> {
    const client = fleet.track(await MediaClient.open(fleet.url('node-a')));
    await client.hello(token);
    return client;
  }

  test('is good opens the door', async () => {
    await greet(await fleet.control.sign(good()));
  });

  test.each(Object.entries(FORGERIES))('%s is refused, at the door and on renewal', async (what, forge) => {
    const code = CODES[what] ?? 'unauthorized';
    const client = fleet.track(await MediaClient.open(fleet.url('node-a')));
    await expect(client.hello(await forge(good()))).rejects.toMatchObject({ code });
    expect(await client.closed()).toBe(CLOSE.unauthorized);
    const inside = await fleet.join('node-a');
    await expect(inside.request({ type: 'renew_token', token: await forge(good()) })).rejects.toMatchObject({
      code,
    });
    await inside.publish('microphone');
  });

  test.each([
    ['for another node', { nodes: ['node-b'] }],
    ['of another session', { sid: randomUUID() }],
    ['of another participant', { sub: randomUUID() }],
    ['of another meeting', { meeting: randomUUID() }],
    ['of an earlier generation', { gen: 0 }],
  ])('is %s renews nothing', async (_what, claims) => {
    const member = fleet.member();
    const inside = await fleet.join('node-a', member);
    const token = await fleet.token(member, claims);
    await expect(inside.request({ type: 'renew_token', token })).rejects.toMatchObject({ code: 'forbidden' });
    await inside.publish('microphone');
  });

  test('was revoked opens nothing, and what it opened is closed', async () => {
    const member = fleet.member();
    const inside = await fleet.join('node-a', member);
    fleet.remove(member);
    await fleet.publishState({ revoked: [{ session_id: member.sessionId, min_gen: 2 }] });
    expect(await inside.closed()).toBe(CLOSE.removed);
    const again = fleet.track(await MediaClient.open(fleet.url('node-a')));
    await expect(again.hello(await fleet.token(member))).rejects.toMatchObject({ code: 'removed' });
    expect(await again.closed()).toBe(CLOSE.removed);
  });
});

describe('a relay grant that', () => {
  const good = (): Claims => ({
    aud: AUDIENCE.relay,
    sub: 'node-0',
    to: 'node-a',
    meeting: fleet.meetingId,
    exp: seconds(3600),
  });

  /** Dials as node-0; resolves with the first answer and, when that is an error, the close code. */
  async function dial(token: string): Promise<{ answer: unknown; code: number | null }> {
    const socket = new WebSocket(`${fleet.url('node-a')}/relay`, [relay.RELAY_SUBPROTOCOL]);
    let code: number | null = null;
    socket.on('close', (closed) => {
      code = closed;
    });
    await new Promise((resolve) => socket.once('open', resolve));
    const first = new Promise<string>((resolve) => {
      socket.once('message', (data) => resolve(data.toString()));
    });
    socket.send(
      encode<relay.RelayMessage>({
        type: 'relay_hello',
        token,
        meeting_id: fleet.meetingId,
        node_id: 'node-0',
        boot_id: randomUUID(),
        endpoints: { full: ENDPOINT, thin: ENDPOINT },
      }),
    );
    const answer: unknown = JSON.parse(await first);
    if (Object(answer).type === 'error') await until('the socket to close', () => code !== null);
    socket.close();
    return { answer, code };
  }

  test('is good opens the relay', async () => {
    const { answer } = await dial(await fleet.control.sign(good()));
    expect(answer).toMatchObject({ type: 'relay_welcome' });
  });

  test.each(Object.entries(FORGERIES))('%s is refused', async (what, forge) => {
    const { answer, code } = await dial(await forge(good()));
    expect(answer).toMatchObject({ type: 'error', code: CODES[what] ?? 'unauthorized' });
    expect(code).toBe(CLOSE.unauthorized);
  });

  test.each([
    ['another node', { to: 'node-b' }],
    ['somebody else', { sub: 'node-1' }],
    ['another meeting', { meeting: randomUUID() }],
  ])('is for %s is refused', async (_what, claims) => {
    const { answer, code } = await dial(await fleet.control.sign({ ...good(), ...claims }));
    expect(answer).toMatchObject({ type: 'error', code: 'forbidden' });
    expect(code).toBe(CLOSE.unauthorized);
  });
});
