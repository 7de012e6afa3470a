import type { Problem } from '@meridian/protocol';

/** What a refusal of each status looks like, by its most frequent reason. */
export const PROBLEM_EXAMPLES = {
  400: {
    ...problemExample(400, 'malformed', 'the request is not valid'),
    errors: [{ path: 'title', message: 'Too small: expected string to have >=1 characters' }],
  },
  401: problemExample(401, 'unauthorized', 'sign in, or use an API key'),
  403: problemExample(403, 'forbidden', 'this is not your meeting'),
  404: problemExample(404, 'meeting_not_found', 'there is no such meeting'),
  409: problemExample(409, 'version_conflict', 'the meeting was changed meanwhile: read it again'),
  413: problemExample(413, 'too_large', 'a body may have 65536 bytes'),
  415: problemExample(415, 'unsupported', 'send application/json'),
  422: problemExample(422, 'unprocessable', 'scheduled_start is in the past'),
  423: problemExample(423, 'meeting_locked', 'the meeting is locked'),
  426: problemExample(426, 'unsupported', 'this is a WebSocket'),
  429: problemExample(429, 'rate_limited', 'too many requests'),
  500: problemExample(500, 'internal'),
  503: problemExample(503, 'overloaded', 'the database does not answer'),
};

function problemExample(status: number, code: Problem['code'], detail?: string): Problem {
  return {
    type: `urn:meridian:problem:${code}`,
    title: `${code.charAt(0).toUpperCase()}${code.slice(1).replaceAll('_', ' ')}`,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    instance: 'urn:trace:0af7651916cd43dd8448eb211c80319c',
  };
}
