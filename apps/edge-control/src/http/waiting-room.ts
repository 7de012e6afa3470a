import { createRoute } from '@hono/zod-openapi';
import { WaitingList } from '@meridian/protocol';
import { actingIn, command, requireModerator, stateFor } from './acting.ts';
import { jsonAnswer, named, problems } from './api-doc.ts';
import { IN_MEETING } from './auth/security.ts';
import { NO_STORE } from './caching.ts';
import { router } from './context.ts';
import { HostKeyHeaders, MeetingParams, ParticipantParams } from './params.ts';

const WHO = 'For hosts and co-hosts by their ticket, the owner, or the host key.';
const REFUSALS = [400, 401, 403, 404, 409, 429, 503] as const;

const list = createRoute({
  method: 'get',
  path: '/meetings/{id}/waiting-room',
  summary: 'Who waits at the door',
  description: `${WHO} A key needs \`meetings:read\`.`,
  security: IN_MEETING,
  request: { params: MeetingParams, headers: HostKeyHeaders },
  responses: {
    200: jsonAnswer(named('WaitingList', WaitingList), 'Whoever waits, the longest first.'),
    ...problems(...REFUSALS),
  },
});

const decide = (verb: 'admit' | 'deny', summary: string, done: string) =>
  createRoute({
    method: 'post',
    path: `/meetings/{id}/waiting-room/{pid}/${verb}`,
    summary,
    description: `${WHO} A key needs \`meetings:write\`.`,
    security: IN_MEETING,
    request: { params: ParticipantParams, headers: HostKeyHeaders },
    responses: { 204: { description: done }, ...problems(...REFUSALS) },
  });

const admit = decide('admit', 'Let somebody in', 'They come in.');
const deny = decide('deny', 'Turn somebody away', 'They are told, and cannot come back to this session.');

const admitAll = createRoute({
  method: 'post',
  path: '/meetings/{id}/waiting-room/admit-all',
  summary: 'Let everybody in who waits',
  description: `${WHO} A key needs \`meetings:write\`.`,
  security: IN_MEETING,
  request: { params: MeetingParams, headers: HostKeyHeaders },
  responses: { 204: { description: 'They come in.' }, ...problems(...REFUSALS) },
});

export const waitingRoom = router()
  .openapi(list, async (c) => {
    const acting = await actingIn(c, c.req.valid('param').id);
    const state = await stateFor(acting);
    requireModerator(acting, state);
    return c.json({ items: state.waiting }, 200, NO_STORE);
  })
  .openapi(admit, async (c) => {
    const { id, pid } = c.req.valid('param');
    await command(await actingIn(c, id), { type: 'admit', target_user: pid });
    return c.body(null, 204);
  })
  .openapi(deny, async (c) => {
    const { id, pid } = c.req.valid('param');
    await command(await actingIn(c, id), { type: 'deny', target_user: pid });
    return c.body(null, 204);
  })
  .openapi(admitAll, async (c) => {
    await command(await actingIn(c, c.req.valid('param').id), { type: 'admit_all' });
    return c.body(null, 204);
  });
