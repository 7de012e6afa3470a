import { createRoute } from '@hono/zod-openapi';
import {
  CreateMeetingRequest,
  CreateMeetingResponse,
  ListMeetingsQuery,
  Meeting,
  MeetingList,
  MeridianError,
  UpdateMeetingRequest,
} from '@meridian/protocol';
import { log } from '../log.ts';
import { findMeeting, readMeeting } from '../storage/find-meeting.ts';
import { listMeetings, positionOf } from '../storage/meetings.ts';
import { isOwner, publicView, roomView, type StoredMeeting } from '../storage/stored-meeting.ts';
import { requireOwner } from './acting.ts';
import { callerAddress } from './address.ts';
import { jsonAnswer, jsonBody, named, problems } from './api-doc.ts';
import { accountIfAny, requireScope } from './auth/actor.ts';
import { ACCOUNT, ANYBODY, OWNER } from './auth/security.ts';
import { NO_STORE } from './caching.ts';
import { cancelMeeting } from './cancel-meeting.ts';
import { type AppContext, random, router, waitUntilOf } from './context.ts';
import { createMeeting } from './create-meeting.ts';
import { pageOf, positionAt } from './cursor.ts';
import { inviteOf } from './invite.ts';
import { locationHint } from './location.ts';
import { ChangeHeaders, MeetingParams } from './params.ts';
import { limited } from './rate-limit.ts';
import { callRoom, roomStub } from './room-stub.ts';
import { changeMeeting } from './update-meeting.ts';
import { etagOf, preconditionOf } from './versions.ts';

const MeetingAnswer = named('Meeting', Meeting);

const create = createRoute({
  method: 'post',
  path: '/meetings',
  summary: 'Create a meeting',
  description:
    'It belongs to the account that makes it (a key needs `meetings:write`). One that somebody makes without ' +
    'signing in belongs to nobody: the host key alone gives rights over it.',
  security: ANYBODY,
  request: { body: jsonBody(named('CreateMeetingRequest', CreateMeetingRequest)) },
  responses: {
    201: jsonAnswer(
      named('CreateMeetingResponse', CreateMeetingResponse),
      'The meeting, with its host key and password this once.',
    ),
    ...problems(400, 401, 403, 413, 415, 422, 429, 503),
  },
});

const list = createRoute({
  method: 'get',
  path: '/meetings',
  summary: 'One’s own meetings',
  description:
    'Scope `meetings:read`. In pages by time: the scheduled start, or the creation of a meeting without one. ' +
    'A page goes on where the one before ended, whatever was added meanwhile.',
  security: ACCOUNT,
  request: { query: ListMeetingsQuery },
  responses: {
    200: jsonAnswer(named('MeetingList', MeetingList), 'One page.'),
    ...problems(400, 401, 403, 429, 503),
  },
});

const read = createRoute({
  method: 'get',
  path: '/meetings/{id}',
  summary: 'A meeting',
  description:
    'Anybody who has its code may see it, and may see it as it was up to a minute ago. Its owner (a key needs ' +
    '`meetings:read`) sees `owned` and what is certain.',
  security: ANYBODY,
  request: { params: MeetingParams },
  responses: {
    200: jsonAnswer(MeetingAnswer, 'The meeting. `ETag` is its version.'),
    ...problems(400, 401, 403, 404, 429, 503),
  },
});

const update = createRoute({
  method: 'patch',
  path: '/meetings/{id}',
  summary: 'Change a meeting',
  description:
    'For its owner (a key needs `meetings:write`), or with the host key. A running meeting takes the change over. ' +
    'With `If-Match`, only if nobody has changed it since: 409 `version_conflict` otherwise.',
  security: OWNER,
  request: {
    params: MeetingParams,
    headers: ChangeHeaders,
    body: jsonBody(named('UpdateMeetingRequest', UpdateMeetingRequest)),
  },
  responses: {
    200: jsonAnswer(MeetingAnswer, 'The meeting as it is now.'),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
  },
});

const remove = createRoute({
  method: 'delete',
  path: '/meetings/{id}',
  summary: 'Cancel a meeting, or end it for good',
  description:
    'For its owner (a key needs `meetings:write`), or with the host key. A meeting that has not begun is ' +
    'cancelled; one that runs is ended for everybody. Nobody can join it any more (404 `meeting_ended`); it stays ' +
    'in its owner’s list as `ended`, and its history can be read. Doing it twice is doing it once. `If-Match` as ' +
    'with PATCH.',
  security: OWNER,
  request: { params: MeetingParams, headers: ChangeHeaders },
  responses: { 204: { description: 'It is over.' }, ...problems(400, 401, 403, 404, 409, 429, 503) },
});

const invite = createRoute({
  method: 'get',
  path: '/meetings/{id}/invite.ics',
  summary: 'A meeting for people’s calendars',
  description:
    'iCalendar (RFC 5545). A later version of the meeting replaces the earlier in a calendar; a cancelled one ' +
    'takes it out. Contains no password.',
  security: ANYBODY,
  request: { params: MeetingParams },
  responses: {
    200: {
      description: 'One event.',
      content: {
        'text/calendar': {
          schema: { type: 'string' as const },
          example: 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\n…',
        },
      },
    },
    ...problems(400, 401, 404, 429, 503),
  },
});

export const meetings = router()
  .openapi(create, async (c) => {
    await limited(c.env.CREATE_LIMIT, callerAddress(c));
    const request = c.req.valid('json');
    const userId = accountIfAny(c, 'meetings:write')?.userId ?? null;
    const meeting = await createMeeting(c.env, request, userId, Date.now(), random, waitUntilOf(c));
    c.set('meetingId', meeting.id);
    return c.json(meeting, 201, {
      ...NO_STORE,
      location: `/api/v1/meetings/${meeting.id}`,
      etag: etagOf(meeting.version),
    });
  })
  .openapi(list, async (c) => {
    const { userId } = requireScope(c, 'meetings:read');
    const { cursor, limit, ...filter } = c.req.valid('query');
    const after = positionAt(cursor);
    const found = await listMeetings(c.env, { ...filter, ownerId: userId }, after, limit + 1);
    const { items, next_cursor } = pageOf(found, limit, positionOf);
    const shown = items.map((meeting) => publicView(meeting, c.env.PUBLIC_ORIGIN, userId));
    return c.json({ items: shown, next_cursor }, 200, NO_STORE);
  })
  .openapi(read, async (c) => {
    const { id } = c.req.valid('param');
    const userId = accountIfAny(c, 'meetings:read')?.userId ?? null;
    const known = await findMeeting(c.env, id, waitUntilOf(c));
    const meeting = isOwner(known, userId) ? await latest(c, known) : known;
    return c.json(...shown(c, meeting, userId));
  })
  .openapi(update, async (c) => {
    const { meeting, userId } = await requireOwner(c, c.req.valid('param').id);
    const request = c.req.valid('json');
    const changed = await changeMeeting(c.env, meeting.id, request, preconditionOf(c), waitUntilOf(c));
    if (changed.status === 'active') await tellRoom(c, changed);
    return c.json(...shown(c, changed, userId));
  })
  .openapi(remove, async (c) => {
    const { meeting } = await requireOwner(c, c.req.valid('param').id);
    const hint = locationHint(c.req.raw.cf);
    await cancelMeeting(c.env, meeting.id, preconditionOf(c), hint, waitUntilOf(c));
    return c.body(null, 204);
  })
  .openapi(invite, async (c) => {
    const meeting = await findMeeting(c.env, c.req.valid('param').id, waitUntilOf(c));
    c.set('meetingId', meeting.id);
    return c.body(inviteOf(meeting, c.env.PUBLIC_ORIGIN), 200, {
      ...NO_STORE,
      'content-type': 'text/calendar; charset=utf-8',
      'content-disposition': `attachment; filename="meeting-${meeting.code}.ics"`,
    });
  });

function shown(c: AppContext, meeting: StoredMeeting, userId: string | null) {
  c.set('meetingId', meeting.id);
  const view = publicView(meeting, c.env.PUBLIC_ORIGIN, userId);
  return [view, 200, { ...NO_STORE, etag: etagOf(meeting.version) }] as const;
}

/** What an owner reads is what they will change. With Postgres down they see what everybody sees. */
async function latest(c: AppContext, known: StoredMeeting): Promise<StoredMeeting> {
  try {
    return await readMeeting(c.env, known.id, waitUntilOf(c));
  } catch (error) {
    if (error instanceof MeridianError && error.code === 'overloaded') return known;
    throw error;
  }
}

/** A room that cannot be reached follows with the next join: the change itself is made. */
async function tellRoom(c: AppContext, meeting: StoredMeeting): Promise<void> {
  try {
    await callRoom(() => roomStub(c.env.ROOMS, meeting.id).recordChanged(roomView(meeting)));
  } catch (error) {
    const { trace_id } = c.get('trace');
    log('warn', 'a running room was not told of a change', { trace_id, meeting_id: meeting.id, error });
  }
}
