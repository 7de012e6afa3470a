import { createRoute } from '@hono/zod-openapi';
import { JoinRequest, JoinResponse, SfuAssignment, type TicketClaims } from '@meridian/protocol';
import { unwrap } from '../result.ts';
import type { Caller } from '../room/contract.ts';
import { callerAddress } from './address.ts';
import { jsonAnswer, jsonBody, named, problems } from './api-doc.ts';
import { accountIfAny, requireParticipant } from './auth/actor.ts';
import { ANYBODY, TICKET } from './auth/security.ts';
import { NO_STORE } from './caching.ts';
import { router, waitUntilOf } from './context.ts';
import { joinMeeting } from './join-meeting.ts';
import { locationHint, locationOf } from './location.ts';
import { MeetingParams } from './params.ts';
import { callRoom, roomStub } from './room-stub.ts';

const join = createRoute({
  method: 'post',
  path: '/meetings/{id}/join',
  summary: 'Join a meeting',
  description:
    'As whoever is signed in (a key needs `meetings:write`), or as a guest. The owner, and whoever has the host ' +
    'key, comes in as host and needs no password. Where guests are not allowed they get 401 `sign_in_required`; ' +
    'a locked meeting is 423. `status` is `waiting` for somebody who has to wait at the door: the signaling socket ' +
    'tells when it opens.',
  security: ANYBODY,
  request: {
    params: MeetingParams,
    body: jsonBody(named('JoinRequest', JoinRequest)),
  },
  responses: {
    200: jsonAnswer(
      named('JoinResponse', JoinResponse),
      'Where signaling and, when admitted, media go, and the tokens for them.',
    ),
    ...problems(400, 401, 403, 404, 409, 413, 415, 423, 429, 503),
  },
});

const leave = createRoute({
  method: 'post',
  path: '/meetings/{id}/leave',
  summary: 'End one’s own stay',
  security: TICKET,
  request: { params: MeetingParams },
  responses: { 204: { description: 'Left.' }, ...problems(400, 401, 403, 404, 409, 429, 503) },
});

const sfu = createRoute({
  method: 'get',
  path: '/meetings/{id}/sfu',
  summary: 'Where one’s media goes',
  description: 'With a fresh media token.',
  security: TICKET,
  request: { params: MeetingParams },
  responses: {
    200: jsonAnswer(named('SfuAssignment', SfuAssignment), 'The node, and the one to fall back to.'),
    ...problems(400, 401, 403, 404, 409, 429, 503),
  },
});

/** One participant's own coming and going. */
export const stay = router()
  .openapi(join, async (c) => {
    const joined = await joinMeeting(c.env, {
      ref: c.req.valid('param').id,
      body: c.req.valid('json'),
      userId: accountIfAny(c, 'meetings:write')?.userId ?? null,
      address: callerAddress(c),
      location: locationOf(c.req.raw.cf),
      hint: locationHint(c.req.raw.cf),
      trace_id: c.get('trace').trace_id,
      waitUntil: waitUntilOf(c),
    });
    return c.json(joined, 200, NO_STORE);
  })
  .openapi(leave, async (c) => {
    const ticket = await requireParticipant(c, c.req.valid('param').id);
    unwrap(await callRoom(() => roomStub(c.env.ROOMS, ticket.meeting).leave(callerOf(ticket))));
    return c.body(null, 204);
  })
  .openapi(sfu, async (c) => {
    const ticket = await requireParticipant(c, c.req.valid('param').id);
    const found = await callRoom(() => roomStub(c.env.ROOMS, ticket.meeting).sfu(callerOf(ticket)));
    return c.json(unwrap(found), 200, NO_STORE);
  });

export function callerOf({ sub, sid }: TicketClaims): Caller {
  return { participant_id: sub, session_id: sid };
}
