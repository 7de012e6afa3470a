import { z } from '@hono/zod-openapi';
import { Problem } from '@meridian/protocol';

/**
 * Gives a schema of the protocol a name in the document, where it then stands once. Borrows the method that
 * @hono/zod-openapi adds to schemas, as those of the protocol may have been made before it did.
 */
export function named<S extends z.ZodType>(name: string, schema: S): S {
  return z.ZodType.prototype.openapi.call(schema, name);
}

export function jsonAnswer<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

export function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { 'application/json': { schema } } };
}

const PROBLEMS = {
  400: 'Malformed: not JSON, or not what the schema says; `errors` names the fields.',
  401: 'No token, or one that is not valid or has expired.',
  403: 'Not allowed; `code` says why: `forbidden`, `password_required`, `wrong_password`, `removed`.',
  404: 'There is no such meeting, or it has ended.',
  409: 'Contradicts the state of the meeting.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'Well-formed, but impossible.',
  423: 'The meeting is locked.',
  426: 'Only as a WebSocket.',
  429: 'Too many requests; see Retry-After.',
  500: 'Unexpected failure.',
  503: 'Not now: full, or a part of the platform does not answer; see Retry-After.',
} as const;
type ProblemStatus = keyof typeof PROBLEMS;

const ProblemBody = named('Problem', Problem);

type ProblemAnswer = {
  description: string;
  content: { 'application/problem+json': { schema: typeof Problem } };
};

/** The statuses a route refuses with; unexpected failure is one of everybody's. */
export function problems<S extends ProblemStatus>(...statuses: S[]): { [K in S | 500]: ProblemAnswer } {
  const answers = [...statuses, 500 as const].map((status) => [
    status,
    { description: PROBLEMS[status], content: { 'application/problem+json': { schema: ProblemBody } } },
  ]);
  return Object.fromEntries(answers);
}
