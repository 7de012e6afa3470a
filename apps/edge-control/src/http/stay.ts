import { createRoute } from '@hono/zod-openapi';
import { JoinRequest, JoinResponse } from '@meridian/protocol';
import { unwrap } from '../result.ts';
import { findMeeting } from '../storage/find-meeting.ts';
import { checkAccess } from './access.ts';
import { callerAddress } from './address.ts';
import { jsonAnswer, jsonBody, named, problems } from './api-doc.ts';
import { bearerToken, ticketFor } from './bearer.ts';
import { router } from './context.ts';
import { joinMeeting } from './join-meeting.ts';
import { locationHint, locationOf } from './location.ts';
import { MeetingParams } from './meetings.ts';
import { limited } from './rate-limit.ts';
import { callRoom, roomStub } from './room-stub.ts';

const join = createRoute({
  method: 'post',
  path: '/meetings/{id}/join',
  summary: 'Join a meeting',
  request: {
    params: MeetingParams,
    body: jsonBody(named('JoinRequest', JoinRequest)),
  },
  responses: {
    200: jsonAnswer(
      named('JoinResponse', JoinResponse),
      'Admitted: where signaling and media go, and the tokens for them.',
    ),
    ...problems(400, 403, 404, 409, 413, 415, 423, 429, 503),
  },
});

const leave = createRoute({
  method: 'post',
  path: '/meetings/{id}/leave',
  summary: 'End one’s own stay',
  security: [{ ticket: [] }],
  request: { params: MeetingParams },
  responses: { 204: { description: 'Left.' }, ...problems(400, 401, 403, 404, 503) },
});

/** The document's way to say that the ticket may be missing. */
const MAYBE_TICKET: Record<string, string[]>[] = [{ ticket: [] }, {}];

const end = createRoute({
  method: 'post',
  path: '/meetings/{id}/end',
  summary: 'End the meeting for all',
  description: 'With the ticket of a host as bearer, or with the host key in the body.',
  security: MAYBE_TICKET,
  request: {
    params: MeetingParams,
    body: { content: { 'application/json': { schema: JoinRequest.pick({ host_key: true }) } } },
  },
  responses: {
    204: { description: 'Ended.' },
    ...problems(400, 401, 403, 404, 409, 413, 415, 429, 503),
  },
});

export const stay = router()
  .openapi(join, async (c) => {
    const address = callerAddress(c);
    await limited(c.env.JOIN_LIMIT, address);
    const joined = await joinMeeting(c.env, {
      ref: c.req.valid('param').id,
      body: c.req.valid('json'),
      address,
      location: locationOf(c.req.raw.cf),
      hint: locationHint(c.req.raw.cf),
      trace_id: c.get('trace').trace_id,
      waitUntil: (work) => c.executionCtx.waitUntil(work),
    });
    c.set('meetingId', joined.meeting_state.meeting_id);
    return c.json(joined, 200);
  })
  .openapi(leave, async (c) => {
    const ticket = await ticketFor(c, c.req.valid('param').id, bearerToken(c.req.header('authorization')));
    const caller = { participant_id: ticket.sub, session_id: ticket.sid };
    unwrap(await callRoom(() => roomStub(c.env.ROOMS, ticket.meeting).leave(caller)));
    return c.body(null, 204);
  })
  .openapi(end, async (c) => {
    const { id } = c.req.valid('param');
    const { host_key } = c.req.valid('json');
    if (host_key === undefined) {
      const ticket = await ticketFor(c, id, bearerToken(c.req.header('authorization')));
      const caller = { participant_id: ticket.sub, session_id: ticket.sid };
      unwrap(await callRoom(() => roomStub(c.env.ROOMS, ticket.meeting).end(caller)));
      return c.body(null, 204);
    }
    const meeting = await findMeeting(c.env, id, (work) => c.executionCtx.waitUntil(work));
    c.set('meetingId', meeting.id);
    await checkAccess(c.env, meeting, { host_key }, callerAddress(c), Date.now());
    unwrap(await callRoom(() => roomStub(c.env.ROOMS, meeting.id).end(null)));
    return c.body(null, 204);
  });
