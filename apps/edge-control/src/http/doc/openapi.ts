import type { OpenAPIHono } from '@hono/zod-openapi';
import { type ProblemStatus, problems } from '../api-doc.ts';
import { describeSecurity } from '../auth/security.ts';
import type { AppEnv } from '../context.ts';

const DESCRIPTION = `
Schedule meetings, join them, and run them.

**Who calls.** Programs send an API key as bearer (\`Authorization: Bearer mk_…\`); a browser that has signed in sends
its session cookie; somebody in a meeting sends the ticket they got from \`join\` as bearer. Credentials that are no
good are answered with 401 also where none are needed.

**Meetings** are addressed by their id or by their code, \`123-4567-8901\`.

**Errors** are \`application/problem+json\` (RFC 9457). \`code\` is stable and is what to branch on; \`instance\` names the
request in our logs. 429 and 503 say in \`Retry-After\` when to try again.

**Trying again.** A POST may carry an \`Idempotency-Key\` (up to 64 visible ASCII characters, best a random UUID). The
same key with the same request gets the first answer again, with \`Idempotent-Replayed: true\`, for 24 hours; with
another request it is 409 \`idempotency_conflict\`; while the first is still being carried out, 409 \`conflict\` with
\`Retry-After\`. Refusals are not kept. Keys are the caller's own, and belong to one address.

**Changing** a meeting with \`If-Match\` and the \`ETag\` it was read with fails with 409 \`version_conflict\` if somebody
else changed it in between.

**Lists** come in pages: pass \`next_cursor\` as \`cursor\` until it is null.
`.trim();

const TAGS = [
  { name: 'Meetings', description: 'Create, find, change and cancel meetings.' },
  { name: 'Joining', description: 'One participant’s own coming and going.' },
  { name: 'Running a meeting', description: 'What hosts do, by ticket or from outside.' },
  { name: 'Waiting room', description: 'Who waits at the door, and who lets them in.' },
  { name: 'Chat', description: 'Writing, and reading what was written.' },
  { name: 'Account', description: 'Who the caller is, signing in and out, API keys.' },
  { name: 'Fleet', description: 'For operators: regions, media nodes, and what is wanted of them.' },
  { name: 'Media nodes', description: 'How the platform’s own machines join and link.' },
  { name: 'Platform', description: 'Health and public keys.' },
] as const;
type Tag = (typeof TAGS)[number]['name'];

/** The first that fits. */
const TAG_OF: readonly [RegExp, Tag][] = [
  [/^\/api\/v1\/meetings(\/\{id\}(\/invite\.ics)?)?$/, 'Meetings'],
  [/\/(join|leave|sfu|signal)$|^\/api\/v1\/regions$/, 'Joining'],
  [/\/waiting-room/, 'Waiting room'],
  [/\/chat$/, 'Chat'],
  [/\/(room-link|link|enrol)$/, 'Media nodes'],
  [/^\/api\/v1\/fleet\//, 'Fleet'],
  [/^\/api\/v1\/meetings\//, 'Running a meeting'],
  [/^\/api\/v1\/(auth|me|api-keys)/, 'Account'],
];

type Document = ReturnType<OpenAPIHono<AppEnv>['getOpenAPI31Document']>;
type PathItem = NonNullable<Document['paths']>[string];
type Operation = NonNullable<PathItem['post']>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The document of the whole API. What all routes have in common is added here, once. */
export function openApiDocument(app: OpenAPIHono<AppEnv>, origin: string): Document {
  describeSecurity(app);
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Meridian', version: '1', description: DESCRIPTION },
    servers: [{ url: origin }],
    tags: [...TAGS],
  });
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) item[method] = completed(operation, method, path);
    }
  }
  return document;
}

function completed(operation: Operation, method: (typeof METHODS)[number], path: string): Operation {
  const common = commonProblems(method, path);
  return {
    ...operation,
    operationId: operationId(method, path),
    tags: [TAG_OF.find(([pattern]) => pattern.test(path))?.[1] ?? 'Platform'],
    // What a route says of itself counts more.
    responses: { ...referenced(common), ...operation.responses },
    ...(method === 'post' && asksWhoCalls(path)
      ? { parameters: [...(operation.parameters ?? []), IDEMPOTENCY_KEY] }
      : {}),
  };
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header' as const,
  required: false,
  description: 'Makes trying again harmless.',
  schema: { type: 'string' as const, minLength: 1, maxLength: 64, pattern: '^[!-~]+$' },
  example: '0d9f6f1e-8c53-4b57-9a3f-5f0f1a7c2e64',
};

/** Sockets and signing in prove who they are in ways of their own, before the rest is asked. */
function asksWhoCalls(path: string): boolean {
  return path.startsWith('/api/v1/') && !/(\/signal|link|\/auth\/(sign-in|callback|session))$/.test(path);
}

/** What whatever stands before the routes refuses with: credentials, rate limits, Idempotency-Key. */
function commonProblems(method: string, path: string): ProblemStatus[] {
  if (!asksWhoCalls(path)) return [];
  return method === 'post' ? [400, 401, 409, 429, 503] : [401, 429, 503];
}

/** As the generator writes what routes declare: the schema by its name. */
function referenced(statuses: ProblemStatus[]): Operation['responses'] {
  const schema = { $ref: '#/components/schemas/Problem' };
  return Object.fromEntries(
    Object.entries(problems(...statuses)).map(([status, answer]) => {
      const { example } = answer.content['application/problem+json'];
      return [status, { ...answer, content: { 'application/problem+json': { schema, example } } }];
    }),
  );
}

/** `postMeetingsByIdJoin`: for those who generate clients. */
function operationId(method: string, path: string): string {
  const words = path
    .replace(/^\/api\/v1/, '')
    .split(/[/.-]/)
    .filter((word) => word !== '')
    .map((word) => word.replace(/^\{(\w+)\}$/, 'by_$1'));
  return [method, ...words.flatMap((word) => word.split('_'))]
    .map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
}
