import { createRoute } from '@hono/zod-openapi';
import { CreateMeetingRequest, CreateMeetingResponse, Meeting, MeetingRef } from '@meridian/protocol';
import { z } from 'zod';
import { findMeeting } from '../storage/find-meeting.ts';
import { publicView } from '../storage/stored-meeting.ts';
import { callerAddress } from './address.ts';
import { jsonAnswer, jsonBody, named, problems } from './api-doc.ts';
import { random, router } from './context.ts';
import { createMeeting } from './create-meeting.ts';
import { limited } from './rate-limit.ts';

/** `{id}` is the UUID or the code. */
export const MeetingParams = z.object({ id: MeetingRef });

const create = createRoute({
  method: 'post',
  path: '/meetings',
  summary: 'Create a meeting',
  request: { body: jsonBody(named('CreateMeetingRequest', CreateMeetingRequest)) },
  responses: {
    201: jsonAnswer(
      named('CreateMeetingResponse', CreateMeetingResponse),
      'The meeting, with its host key and password this once.',
    ),
    ...problems(400, 413, 415, 422, 429, 503),
  },
});

const read = createRoute({
  method: 'get',
  path: '/meetings/{id}',
  summary: 'What anybody may know of a meeting',
  request: { params: MeetingParams },
  responses: { 200: jsonAnswer(named('Meeting', Meeting), 'The meeting.'), ...problems(400, 404, 429, 503) },
});

export const meetings = router()
  .openapi(create, async (c) => {
    await limited(c.env.CREATE_LIMIT, callerAddress(c));
    const request = c.req.valid('json');
    const meeting = await createMeeting(c.env, request, Date.now(), random, (work) =>
      c.executionCtx.waitUntil(work),
    );
    c.set('meetingId', meeting.id);
    return c.json(meeting, 201, { location: `/api/v1/meetings/${meeting.id}` });
  })
  .openapi(read, async (c) => {
    await limited(c.env.JOIN_LIMIT, callerAddress(c));
    const { id } = c.req.valid('param');
    const meeting = await findMeeting(c.env, id, (work) => c.executionCtx.waitUntil(work));
    c.set('meetingId', meeting.id);
    return c.json(publicView(meeting, c.env.PUBLIC_ORIGIN), 200);
  });
