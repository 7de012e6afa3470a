import { z } from '@hono/zod-openapi';
import { Problem } from '@meridian/protocol';
import { EXAMPLES, type ExampleName, PROBLEM_EXAMPLES } from './doc/examples/index.ts';

/** Every schema that has a name in the document. */
const schemas = new Map<string, z.ZodType>();
const names = new WeakMap<z.ZodType, ExampleName>();

/**
 * Gives a schema of the protocol a name in the document, where it then stands once, with its example. Borrows the
 * method that @hono/zod-openapi adds to schemas, as those of the protocol may have been made before it did.
 */
export function named<S extends z.ZodType>(name: ExampleName, schema: S): S {
  const registered = z.ZodType.prototype.openapi.call(schema, name);
  schemas.set(name, schema);
  names.set(registered, name);
  return registered;
}

/** The schemas of the document by name; complete once the routes have been made. */
export function namedSchemas(): ReadonlyMap<string, z.ZodType> {
  return schemas;
}

export function jsonAnswer<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema, ...exampleOf(schema) } } };
}

export function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { 'application/json': { schema, ...exampleOf(schema) } } };
}

export function optionalJsonBody<S extends z.ZodType>(schema: S) {
  return { required: false, content: { 'application/json': { schema, ...exampleOf(schema) } } };
}

function exampleOf(schema: z.ZodType): { example: unknown } {
  const name = names.get(schema);
  if (!name) throw new Error('a schema of the document needs a name, and an example under it');
  return { example: EXAMPLES[name] };
}

const PROBLEMS = {
  400: 'Malformed: not JSON, or not what the schema says; `errors` names the fields.',
  401: 'No credentials, or ones that are not valid or have expired; or a guest where there are none.',
  403: 'Not allowed; `code` says why: `forbidden`, `password_required`, `wrong_password`, `wrong_host_key`, `removed`, `denied`.',
  404: 'There is no such meeting, or it has ended or does not run, or has no such participant.',
  409: 'Contradicts the state of things: `conflict`, `version_conflict`, `idempotency_conflict`.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'Well-formed, but impossible.',
  423: 'The meeting is locked.',
  426: 'Only as a WebSocket.',
  429: 'Too many requests; see Retry-After.',
  500: 'Unexpected failure.',
  503: 'Not now: full, or a part of the platform does not answer; see Retry-After.',
} as const;
export type ProblemStatus = keyof typeof PROBLEMS;

const ProblemBody = named('Problem', Problem);
const RETRY_AFTER = {
  'Retry-After': {
    description: 'After how many seconds trying again makes sense.',
    schema: { type: 'integer' as const, minimum: 1 },
  },
};

type ProblemAnswer = {
  description: string;
  headers?: typeof RETRY_AFTER;
  content: { 'application/problem+json': { schema: typeof Problem; example: Problem } };
};

/** The statuses a route refuses with; unexpected failure is one of everybody's. */
export function problems<S extends ProblemStatus>(...statuses: S[]): { [K in S | 500]: ProblemAnswer } {
  const answers = [...statuses, 500 as const].map((status) => [status, problemAnswer(status)]);
  return Object.fromEntries(answers);
}

function problemAnswer(status: ProblemStatus): ProblemAnswer {
  const example = PROBLEM_EXAMPLES[status];
  return {
    description: PROBLEMS[status],
    ...(status === 429 || status === 503 ? { headers: RETRY_AFTER } : {}),
    content: { 'application/problem+json': { schema: ProblemBody, example } },
  };
}
