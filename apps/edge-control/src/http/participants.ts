import { createRoute } from '@hono/zod-openapi';
import { EndMeetingRequest, ParticipantList, ParticipantMediaRequest } from '@meridian/protocol';
import type { RoomCommand } from '../room/contract.ts';
import { actingIn, command, stateFor } from './acting.ts';
import { jsonAnswer, jsonBody, named, optionalJsonBody, problems } from './api-doc.ts';
import { IN_MEETING } from './auth/security.ts';
import { NO_STORE } from './caching.ts';
import { router } from './context.ts';
import { HostKeyHeaders, MeetingParams, ParticipantParams } from './params.ts';

const WHO =
  'For hosts and co-hosts by their ticket, the owner (a key needs `meetings:write`), or the host key.';
const inMeeting = { params: MeetingParams, headers: HostKeyHeaders };
const REFUSALS = [400, 401, 403, 404, 409, 429, 503] as const;

const list = createRoute({
  method: 'get',
  path: '/meetings/{id}/participants',
  summary: 'Who is in the meeting now',
  description:
    'For whoever is in it, and for its owner (a key needs `meetings:read`). 404 while it does not run.',
  security: IN_MEETING,
  request: inMeeting,
  responses: {
    200: jsonAnswer(
      named('ParticipantList', ParticipantList),
      'Everybody, without those who wait at the door.',
    ),
    ...problems(...REFUSALS),
  },
});

const media = createRoute({
  method: 'put',
  path: '/meetings/{id}/participants/{pid}/media',
  summary: 'Switch off a participant’s microphone, camera or screen',
  description: `${WHO} Takes effect at the media nodes, whatever the participant’s client does. Nobody can switch another’s on.`,
  security: IN_MEETING,
  request: {
    params: ParticipantParams,
    headers: HostKeyHeaders,
    body: jsonBody(named('ParticipantMediaRequest', ParticipantMediaRequest)),
  },
  responses: { 204: { description: 'It is off.' }, ...problems(...REFUSALS, 413, 415) },
});

/** What is done to the meeting as a whole, by one command without a body. */
function act(path: string, summary: string, description: string) {
  return createRoute({
    method: 'post',
    path: `/meetings/{id}/${path}`,
    summary,
    description,
    security: IN_MEETING,
    request: inMeeting,
    responses: { 204: { description: 'Done.' }, ...problems(...REFUSALS) },
  });
}

const muteAll = act(
  'mute-all',
  'Mute everybody',
  `${WHO} Everybody but hosts and co-hosts; they may unmute themselves where the meeting allows it.`,
);
const lock = act('lock', 'Let nobody new in', `${WHO} Hosts still get in, and whoever comes back.`);
const unlock = act('unlock', 'Open a locked meeting', WHO);

const end = createRoute({
  method: 'post',
  path: '/meetings/{id}/end',
  summary: 'End the meeting for all',
  description:
    'For hosts by their ticket, the owner (a key needs `meetings:write`), or the host key, in the header or the ' +
    'body. Only a running meeting can be ended: DELETE also cancels one that has not begun.',
  security: IN_MEETING,
  request: { ...inMeeting, body: optionalJsonBody(named('EndMeetingRequest', EndMeetingRequest)) },
  responses: { 204: { description: 'Ended.' }, ...problems(...REFUSALS, 413, 415) },
});

export const participants = router()
  .openapi(list, async (c) => {
    const { participants } = await stateFor(await actingIn(c, c.req.valid('param').id));
    return c.json({ items: participants }, 200, NO_STORE);
  })
  .openapi(media, async (c) => {
    const { id, pid } = c.req.valid('param');
    const acting = await actingIn(c, id);
    for (const request of mediaCommands(pid, c.req.valid('json'))) await command(acting, request);
    return c.body(null, 204);
  })
  .openapi(muteAll, async (c) => {
    await command(await actingIn(c, c.req.valid('param').id), { type: 'mute_all' });
    return c.body(null, 204);
  })
  .openapi(lock, async (c) => {
    await command(await actingIn(c, c.req.valid('param').id), { type: 'lock', locked: true });
    return c.body(null, 204);
  })
  .openapi(unlock, async (c) => {
    await command(await actingIn(c, c.req.valid('param').id), { type: 'lock', locked: false });
    return c.body(null, 204);
  })
  .openapi(end, async (c) => {
    const { host_key } = c.req.valid('json');
    await command(await actingIn(c, c.req.valid('param').id, host_key), { type: 'end' });
    return c.body(null, 204);
  });

function* mediaCommands(target_user: string, media: ParticipantMediaRequest): Generator<RoomCommand> {
  if (media.audio === false) yield { type: 'mute', target_user, media: 'audio' };
  if (media.video === false) yield { type: 'mute', target_user, media: 'video' };
  if (media.screen === false) yield { type: 'screen_share_stop', target_user };
}
