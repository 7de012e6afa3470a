import { listDurableObjectIds } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { JoinResponse, signaling } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { call, knownMeeting, problemIn } from '../../test/support/api.ts';
import { enrolNode, FakeNode, Frames, nodeToken } from '../../test/support/node.ts';
import { signMediaToken, signTicket } from '../auth/tokens.ts';
import { ROOM_HEADERS } from '../room/contract.ts';

const PROTOCOL = signaling.SIGNALING_SUBPROTOCOL;
const upgrade = (path: string, headers: Record<string, string>) =>
  call(path, { headers: { upgrade: 'websocket', ...headers } });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('GET /meetings/{id}/signal', () => {
  const signal = (ref: string, headers: Record<string, string>) =>
    upgrade(`/api/v1/meetings/${ref}/signal`, headers);
  const ticketOf = (meeting: string) =>
    signTicket(
      env,
      { sub: crypto.randomUUID(), sid: crypto.randomUUID(), meeting, role: 'host' },
      Date.now(),
    );

  it('refuses everybody who cannot prove a ticket, and wakes no room for them', async () => {
    const meeting = await knownMeeting();
    const other = await knownMeeting();
    const ticket = await ticketOf(meeting.id);
    const media = await signMediaToken(
      env,
      {
        sub: crypto.randomUUID(),
        sid: crypto.randomUUID(),
        gen: 1,
        meeting: meeting.id,
        meeting_session: crypto.randomUUID(),
        role: 'host',
        kind: 'participant',
        can_publish: [],
        can_subscribe: true,
        nodes: ['n'],
      },
      Date.now(),
    );
    const origin = env.PUBLIC_ORIGIN;
    const protocols = (value: string) => ({ origin, 'sec-websocket-protocol': value });
    const attempts: [number, Response][] = [
      [401, await signal(meeting.id, { origin })],
      [401, await signal(meeting.id, protocols(PROTOCOL))],
      [401, await signal(meeting.id, protocols(`${PROTOCOL}, nonsense`))],
      [401, await signal(meeting.id, protocols(`other, ${ticket}`))],
      [401, await signal(meeting.id, protocols(`${PROTOCOL}, ${media}`))],
      [401, await signal(meeting.id, { origin, ...bearer(ticket) })],
      [403, await signal(other.id, protocols(`${PROTOCOL}, ${ticket}`))],
      [
        403,
        await signal(meeting.id, { ...protocols(`${PROTOCOL}, ${ticket}`), origin: 'https://evil.test' }),
      ],
      [403, await signal(meeting.id, { ...protocols(`${PROTOCOL}, ${ticket}`), origin: 'null' })],
    ];
    for (const [status, response] of attempts) expect((await problemIn(response)).status).toBe(status);
    const plain = await call(`/api/v1/meetings/${meeting.id}/signal`);
    expect(plain.headers.get('upgrade')).toBe('websocket');
    expect((await problemIn(plain)).status).toBe(426);
    // Other tests have rooms in this runtime: none of these two meetings may have got one.
    const awake = (await listDurableObjectIds(env.ROOMS)).map(String);
    for (const { id } of [meeting, other]) expect(awake).not.toContain(String(env.ROOMS.idFromName(id)));
  });

  it('hands the socket to the room as the ticket says, whatever else the client claims', async () => {
    const meeting = await knownMeeting();
    const node = await FakeNode.registered('eu-signal', 'node-1');
    // Its cell says so to the directory meanwhile, and who joins may go by what that said before.
    const join = () => call(`/api/v1/meetings/${meeting.code}/join`, { body: { display_name: 'Ann' } });
    let response = await join();
    const admitted = async () => {
      if (!response.ok) response = await join();
      return response.ok;
    };
    await expect.poll(admitted, { timeout: 5_000 }).toBe(true);
    const { ticket, participant_id } = JoinResponse.parse(await response.json());
    const socket = await signal(meeting.code, {
      origin: env.PUBLIC_ORIGIN,
      'sec-websocket-protocol': `${PROTOCOL}, ${ticket}`,
      [ROOM_HEADERS.participantId]: crypto.randomUUID(),
      [ROOM_HEADERS.nodeId]: 'node-1',
    });
    expect(socket.status).toBe(101);
    expect(socket.headers.get('sec-websocket-protocol')).toBe(PROTOCOL);
    if (!socket.webSocket) throw new Error('no socket');
    const joined = new Promise<unknown>((resolve) => {
      socket.webSocket?.addEventListener('message', ({ data }) => resolve(JSON.parse(String(data))));
    });
    socket.webSocket.accept();
    socket.webSocket.send('{"v":1,"type":"join","ref":1,"media":{"audio":true,"video":false}}');
    expect(await joined).toMatchObject({ type: 'joined', ref: 1, participant_id });
    node.frames.close();
  });
});

describe('the links of media nodes', () => {
  it('are for nodes that can prove who they are', async () => {
    const room = `/api/v1/meetings/${crypto.randomUUID()}/room-link`;
    const cell = '/api/v1/fleet/regions/eu-1/link';
    await enrolNode('node-1', 'us-1');
    const foreign = await nodeToken('node-2', 'eu-1');
    for (const path of [room, cell]) {
      expect((await problemIn(await upgrade(path, {}))).status).toBe(401);
      expect((await problemIn(await upgrade(path, bearer(foreign)))).status).toBe(401);
      expect((await problemIn(await call(path))).status).toBe(426);
    }
    const elsewhere = await upgrade(cell, bearer(await nodeToken('node-1', 'us-1')));
    expect(await problemIn(elsewhere)).toMatchObject({ status: 403, code: 'forbidden' });
    const malformed = await upgrade('/api/v1/fleet/regions/EU_1/link', bearer(foreign));
    expect((await problemIn(malformed)).status).toBe(400);
  });

  it('lead to the cell of the region', async () => {
    await enrolNode('node-link', 'eu-link');
    const response = await upgrade('/api/v1/fleet/regions/eu-link/link', {
      ...bearer(await nodeToken('node-link', 'eu-link')),
      [ROOM_HEADERS.nodeId]: 'node-2',
    });
    expect(response.status).toBe(101);
    if (!response.webSocket) throw new Error('no socket');
    const frames = new Frames(response.webSocket);
    frames.raw('{"v":1,"type":"ping","ref":1}');
    expect(await frames.next('pong')).toMatchObject({ ref: 1 });
  });
});
