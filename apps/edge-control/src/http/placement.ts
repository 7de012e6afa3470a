import { createRoute } from '@hono/zod-openapi';
import { MeetingPlacement, type MeetingRef } from '@meridian/protocol';
import { unwrap } from '../result.ts';
import type { PlacementViewer } from '../room/contract.ts';
import { findMeeting } from '../storage/find-meeting.ts';
import { actingIn, HOST_KEY_HEADER } from './acting.ts';
import { jsonAnswer, named, problems } from './api-doc.ts';
import { IN_MEETING } from './auth/security.ts';
import { type AppContext, router, waitUntilOf } from './context.ts';
import { HostKeyHeaders, MeetingParams } from './params.ts';
import { callRoom, type RoomStub, roomStub } from './room-stub.ts';

const read = createRoute({
  method: 'get',
  path: '/meetings/{id}/placement',
  summary: 'Where everybody’s media is, and why',
  description:
    'For hosts by their ticket, the owner (a key needs `meetings:read`), the host key, and operators ' +
    '(`fleet:read`). The latest few hundred decisions, each with what was considered for it. Also for two hours ' +
    'after the meeting; 404 before it has run.',
  security: IN_MEETING,
  request: { params: MeetingParams, headers: HostKeyHeaders },
  responses: {
    200: jsonAnswer(named('MeetingPlacement', MeetingPlacement), 'Nodes, links, places and decisions.'),
    ...problems(400, 401, 403, 404, 409, 429, 503),
  },
});

export const placement = router().openapi(read, async (c) => {
  const { room, viewer } = await viewing(c, c.req.valid('param').id);
  return c.json(unwrap(await callRoom(() => room.placement(viewer))), 200);
});

/** Operators see where media is in any meeting, and learn nothing else of it. */
async function viewing(c: AppContext, ref: MeetingRef): Promise<{ room: RoomStub; viewer: PlacementViewer }> {
  const actor = c.get('actor');
  const account = actor.kind === 'user' || actor.kind === 'api_key' ? actor : null;
  if (account?.scopes.includes('fleet:read') && c.req.header(HOST_KEY_HEADER) === undefined) {
    const meeting = await findMeeting(c.env, ref, waitUntilOf(c));
    c.set('meetingId', meeting.id);
    return { room: roomStub(c.env.ROOMS, meeting.id), viewer: { kind: 'operator' } };
  }
  const acting = await actingIn(c, ref);
  return { room: acting.room, viewer: acting.actor };
}
