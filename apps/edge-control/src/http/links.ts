import { createRoute } from '@hono/zod-openapi';
import { MeetingId, MeridianError, RegionId, signaling } from '@meridian/protocol';
import { z } from 'zod';
import { type NodeIdentity, verifyNodeToken } from '../auth/node-tokens.ts';
import { ROOM_HEADERS } from '../room/contract.ts';
import { callerAddress } from './address.ts';
import { problems } from './api-doc.ts';
import { bearerToken, ticketFor } from './bearer.ts';
import { type AppContext, router } from './context.ts';
import { Guesses } from './guesses.ts';
import { locationHint } from './location.ts';
import { MeetingParams } from './params.ts';
import { roomStub } from './room-stub.ts';
import { traceparent } from './trace.ts';
import { forwardUpgrade, offeredTicket, requireSameOrigin, requireUpgrade } from './upgrade.ts';

const upgraded = { 101: { description: 'A WebSocket.' } };

const signal = createRoute({
  method: 'get',
  path: '/meetings/{id}/signal',
  summary: 'Signaling socket of a participant',
  description: `Sec-WebSocket-Protocol: ${signaling.SIGNALING_SUBPROTOCOL}, <ticket>`,
  request: { params: MeetingParams },
  responses: { ...upgraded, ...problems(400, 401, 403, 404, 426, 503) },
});

const roomLink = createRoute({
  method: 'get',
  path: '/meetings/{id}/room-link',
  summary: 'Link of a media node to the room of a meeting it hosts',
  security: [{ node: [] }],
  request: { params: z.object({ id: MeetingId }) },
  responses: { ...upgraded, ...problems(400, 401, 426, 429, 503) },
});

const cellLink = createRoute({
  method: 'get',
  path: '/fleet/regions/{region}/link',
  summary: 'Link of a media node to the cell of its region',
  security: [{ node: [] }],
  request: { params: z.object({ region: RegionId }) },
  responses: { ...upgraded, ...problems(400, 401, 403, 426, 429, 503) },
});

/** Sockets. Everything a token can prove is proven here, so that only callers who may wake an object. */
export const links = router()
  .openapi(signal, async (c) => {
    requireUpgrade(c);
    requireSameOrigin(c.req.header('origin'), c.env.PUBLIC_ORIGIN);
    const jwt = offeredTicket(c.req.header('sec-websocket-protocol'));
    const ticket = await ticketFor(c, c.req.valid('param').id, jwt);
    const response = await forwardUpgrade(roomStub(c.env.ROOMS, ticket.meeting), '/signal', {
      [ROOM_HEADERS.participantId]: ticket.sub,
      [ROOM_HEADERS.sessionId]: ticket.sid,
      traceparent: traceparent(c.get('trace')),
    });
    if (response.status !== 101) return response;
    return new Response(null, {
      status: 101,
      webSocket: response.webSocket,
      // A browser drops a socket that does not take up one of the protocols it offered.
      headers: { 'sec-websocket-protocol': signaling.SIGNALING_SUBPROTOCOL },
    });
  })
  .openapi(roomLink, async (c) => {
    requireUpgrade(c);
    const node = await callingNode(c);
    const { id } = c.req.valid('param');
    c.set('meetingId', id);
    return forwardUpgrade(roomStub(c.env.ROOMS, id), '/room-link', {
      [ROOM_HEADERS.nodeId]: node.node_id,
      [ROOM_HEADERS.region]: node.region,
      traceparent: traceparent(c.get('trace')),
    });
  })
  .openapi(cellLink, async (c) => {
    requireUpgrade(c);
    const node = await callingNode(c);
    const { region } = c.req.valid('param');
    if (node.region !== region) throw new MeridianError('forbidden', 'the node belongs to another region');
    const hint = locationHint(c.req.raw.cf);
    const cell = c.env.CELLS.getByName(node.cell, hint === undefined ? {} : { locationHint: hint });
    return forwardUpgrade(cell, '/link', {
      [ROOM_HEADERS.nodeId]: node.node_id,
      [ROOM_HEADERS.nodeKid]: node.kid,
      [ROOM_HEADERS.region]: node.region,
      traceparent: traceparent(c.get('trace')),
    });
  });

const guesses = new Guesses();

/** The media node that calls. Who makes nodes up is not listened to for long. */
async function callingNode(c: AppContext): Promise<NodeIdentity> {
  const now = Date.now();
  const guesser = `node|${callerAddress(c)}`;
  return verifyNodeToken(c.env, bearerToken(c.req.header('authorization')), now, {
    admit: () => guesses.admit(guesser, now),
    wrong: () => guesses.wrong(c.env.AUTH_LIMIT, guesser, now),
  });
}
