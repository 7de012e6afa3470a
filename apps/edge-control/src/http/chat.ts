import { createRoute } from '@hono/zod-openapi';
import { ChatList, ChatMessage, ListChatQuery, SendChatRequest } from '@meridian/protocol';
import { unwrap } from '../result.ts';
import { actingIn } from './acting.ts';
import { jsonAnswer, jsonBody, named, problems } from './api-doc.ts';
import { requireParticipant } from './auth/actor.ts';
import { IN_MEETING, TICKET } from './auth/security.ts';
import { NO_STORE } from './caching.ts';
import { chatPage } from './chat-page.ts';
import { router } from './context.ts';
import { positionAt } from './cursor.ts';
import { HostKeyHeaders, MeetingParams } from './params.ts';
import { callRoom, roomStub } from './room-stub.ts';
import { callerOf } from './stay.ts';

const send = createRoute({
  method: 'post',
  path: '/meetings/{id}/chat',
  summary: 'Write to everybody, or to one participant',
  description: 'Answered when the message is durable. The same `client_id` again is the same message.',
  security: TICKET,
  request: { params: MeetingParams, body: jsonBody(named('SendChatRequest', SendChatRequest)) },
  responses: {
    201: jsonAnswer(named('ChatMessage', ChatMessage), 'The message as everybody gets it.'),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
  },
});

const list = createRoute({
  method: 'get',
  path: '/meetings/{id}/chat',
  summary: 'What was written in the meeting',
  description:
    'The newest page first. A participant sees the session they are or were in, until they left: what was said to ' +
    'all, and what they wrote or were written in private. The owner (a key needs `meetings:read`; or the host key) ' +
    'sees what was said to all in every session, and their own; never what others wrote to one another in private.',
  security: IN_MEETING,
  request: { params: MeetingParams, headers: HostKeyHeaders, query: ListChatQuery },
  responses: {
    200: jsonAnswer(named('ChatList', ChatList), 'One page, the oldest message first.'),
    ...problems(400, 401, 403, 404, 429, 503),
  },
});

export const chat = router()
  .openapi(send, async (c) => {
    const ticket = await requireParticipant(c, c.req.valid('param').id);
    const request = c.req.valid('json');
    const sent = await callRoom(() => roomStub(c.env.ROOMS, ticket.meeting).chat(callerOf(ticket), request));
    return c.json(unwrap(sent), 201, NO_STORE);
  })
  .openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid('query');
    const before = positionAt(cursor);
    const page = await chatPage(c.env, await actingIn(c, c.req.valid('param').id), before, limit);
    return c.json(page, 200, NO_STORE);
  });
