import { createRoute } from '@hono/zod-openapi';
import { EnrolledNode, EnrolRequest, MeridianError } from '@meridian/protocol';
import { callerAddress } from '../address.ts';
import { jsonAnswer, jsonBody, named, problems } from '../api-doc.ts';
import { NO_STORE } from '../caching.ts';
import { router } from '../context.ts';
import { Guesses } from '../guesses.ts';
import { askCell, askDirectory } from './cells.ts';

const enrol = createRoute({
  method: 'post',
  path: '/fleet/enrol',
  summary: 'Join the fleet',
  description:
    'For a machine with a one-time enrolment secret: makes the public half of its key known, with which it signs its ' +
    'tokens from then on. The same key may be sent again with the same secret.',
  request: { body: jsonBody(named('EnrolRequest', EnrolRequest)) },
  responses: {
    200: jsonAnswer(named('EnrolledNode', EnrolledNode), 'The node belongs to the fleet.'),
    ...problems(400, 401, 413, 415, 429, 503),
  },
});

const guesses = new Guesses();

export const enrolment = router().openapi(enrol, async (c) => {
  const { node_id, region, secret, public_key } = c.req.valid('json');
  const now = Date.now();
  const guesser = `enrol|${callerAddress(c)}`;
  guesses.admit(guesser, now);
  const place = await askDirectory(c.env, (directory) => directory.locate(node_id));
  const result =
    place?.region === region
      ? await askCell(c.env, place.cell, (cell) => cell.enrol(node_id, secret, public_key))
      : null;
  if (!result?.ok) {
    await guesses.wrong(c.env.AUTH_LIMIT, guesser, now);
    throw new MeridianError('unauthorized', 'the enrolment secret is not known, or was used, or has expired');
  }
  return c.json({ node_id, region, kid: result.value.kid }, 200, NO_STORE);
});
