import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { call } from '../../../test/support/api.ts';
import { namedSchemas, problems } from '../api-doc.ts';
import { createApp } from '../app.ts';
import { EXAMPLES, PROBLEM_EXAMPLES } from './examples/index.ts';

const Media = z.object({ schema: z.looseObject({ $ref: z.string().optional() }), example: z.unknown() });
const Content = z.record(z.string(), Media);
const Operation = z.looseObject({
  summary: z.string().min(5),
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.unknown())).default([]),
  tags: z.array(z.string()).length(1),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).default([]),
  requestBody: z.object({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), headers: z.looseObject({}).optional(), content: Content.optional() }),
  ),
});
const Document = z.looseObject({
  openapi: z.literal('3.1.0'),
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({
    schemas: z.record(z.string(), z.unknown()),
    securitySchemes: z.record(z.string(), z.unknown()),
  }),
});

const document = Document.parse(await (await call('/api/v1/openapi.json')).json());
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
);

/** What the document does not describe: itself and its reader. */
const UNDESCRIBED = ['get /api/v1/docs', 'get /api/v1/openapi.json'];

describe('the document', () => {
  it('has every route of the router, and the router every route of the document', () => {
    const routed = createApp()
      .routes.filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect([...new Set(routed)].sort()).toEqual(
      [...operations.map(({ name }) => name), ...UNDESCRIBED].sort(),
    );
  });

  it('says of every route how it can end', () => {
    const statuses = operations.map(({ name, operation }) => [
      name,
      Object.keys(operation.responses).join(' '),
    ]);
    expect(Object.fromEntries(statuses)).toEqual({
      'get /.well-known/jwks.json': '200 500',
      'get /healthz': '200 500',
      'get /readyz': '200 500 503',
      'post /api/v1/meetings': '201 400 401 403 409 413 415 422 429 500 503',
      'get /api/v1/meetings': '200 400 401 403 429 500 503',
      'get /api/v1/meetings/{id}': '200 400 401 403 404 429 500 503',
      'patch /api/v1/meetings/{id}': '200 400 401 403 404 409 413 415 422 429 500 503',
      'delete /api/v1/meetings/{id}': '204 400 401 403 404 409 429 500 503',
      'get /api/v1/meetings/{id}/invite.ics': '200 400 401 404 429 500 503',
      'get /api/v1/regions': '200 401 429 500 503',
      'post /api/v1/meetings/{id}/join': '200 400 401 403 404 409 413 415 423 429 500 503',
      'post /api/v1/meetings/{id}/leave': '204 400 401 403 404 409 429 500 503',
      'get /api/v1/meetings/{id}/sfu': '200 400 401 403 404 409 429 500 503',
      'get /api/v1/meetings/{id}/participants': '200 400 401 403 404 409 429 500 503',
      'put /api/v1/meetings/{id}/participants/{pid}/media': '204 400 401 403 404 409 413 415 429 500 503',
      'post /api/v1/meetings/{id}/mute-all': '204 400 401 403 404 409 429 500 503',
      'post /api/v1/meetings/{id}/lock': '204 400 401 403 404 409 429 500 503',
      'post /api/v1/meetings/{id}/unlock': '204 400 401 403 404 409 429 500 503',
      'post /api/v1/meetings/{id}/end': '204 400 401 403 404 409 413 415 429 500 503',
      'get /api/v1/meetings/{id}/waiting-room': '200 400 401 403 404 409 429 500 503',
      'post /api/v1/meetings/{id}/waiting-room/{pid}/admit': '204 400 401 403 404 409 429 500 503',
      'post /api/v1/meetings/{id}/waiting-room/{pid}/deny': '204 400 401 403 404 409 429 500 503',
      'post /api/v1/meetings/{id}/waiting-room/admit-all': '204 400 401 403 404 409 429 500 503',
      'post /api/v1/meetings/{id}/chat': '201 400 401 403 404 409 413 415 422 429 500 503',
      'get /api/v1/meetings/{id}/chat': '200 400 401 403 404 429 500 503',
      'get /api/v1/meetings/{id}/placement': '200 400 401 403 404 409 429 500 503',
      'get /api/v1/meetings/{id}/signal': '101 400 401 403 404 426 500 503',
      'get /api/v1/meetings/{id}/room-link': '101 400 401 426 429 500 503',
      'get /api/v1/fleet/regions/{region}/link': '101 400 401 403 426 429 500 503',
      'post /api/v1/fleet/enrol': '200 400 401 409 413 415 429 500 503',
      'post /api/v1/fleet/enrolments': '201 400 401 403 409 413 415 429 500 503',
      'get /api/v1/fleet/regions': '200 401 403 429 500 503',
      'get /api/v1/fleet/metrics': '200 401 403 429 500 503',
      'get /api/v1/fleet/nodes': '200 400 401 403 429 500 503',
      'get /api/v1/fleet/nodes/{id}': '200 400 401 403 404 429 500 503',
      'post /api/v1/fleet/nodes/{id}/drain': '200 400 401 403 404 409 429 500 503',
      'post /api/v1/fleet/nodes/{id}/undrain': '200 400 401 403 404 409 429 500 503',
      'post /api/v1/fleet/nodes/{id}/revoke': '204 400 401 403 404 409 429 500 503',
      'get /api/v1/auth/sign-in': '303 400 500 503',
      'get /api/v1/auth/callback': '303 400 401 429 500 503',
      'get /api/v1/auth/session': '200 500 503',
      'post /api/v1/auth/sign-out': '204 400 401 403 409 429 500 503',
      'post /api/v1/auth/sign-out-everywhere': '204 400 401 403 409 429 500 503',
      'get /api/v1/me': '200 401 403 429 500 503',
      'post /api/v1/api-keys': '201 400 401 403 409 413 415 422 429 500 503',
      'get /api/v1/api-keys': '200 401 403 429 500 503',
      'delete /api/v1/api-keys/{id}': '204 400 401 403 404 429 500 503',
    });
  });

  it('has an example for every body there is, and each is what its schema asks for', () => {
    const seen = new Set<string>();
    for (const { name, operation } of operations) {
      const contents = [
        operation.requestBody?.content,
        ...Object.values(operation.responses).map((r) => r.content),
      ];
      for (const [type, { schema, example }] of contents.flatMap((content) =>
        Object.entries(content ?? {}),
      )) {
        expect(example, `${name} ${type}`).toBeDefined();
        if (!type.endsWith('json')) continue;
        const [, component] = /^#\/components\/schemas\/(\w+)$/.exec(schema.$ref ?? '') ?? [];
        const parsed = schemaNamed(component).safeParse(example);
        expect(parsed.error, `${name} ${component}`).toBeUndefined();
        seen.add(component ?? '');
      }
    }
    expect([...seen].sort()).toEqual(Object.keys(EXAMPLES).sort());
    // Nothing in an example that its schema would drop: fields are spelled as they are.
    for (const [name, example] of Object.entries(EXAMPLES)) {
      expect(schemaNamed(name).parse(example), name).toMatchObject(example);
    }
  });

  it('gives every refusal its own status', () => {
    for (const [status, problem] of Object.entries(PROBLEM_EXAMPLES)) {
      expect(problem).toMatchObject({ status: Number(status) });
    }
    for (const { name, operation } of operations) {
      for (const [status, { content, headers }] of Object.entries(operation.responses)) {
        if (Number(status) < 400) continue;
        expect(content?.['application/problem+json']?.example, name).toMatchObject({
          status: Number(status),
        });
        expect(headers !== undefined, `${name} ${status}`).toBe(status === '429' || status === '503');
      }
    }
    expect(problems(429)[429].headers).toHaveProperty('Retry-After');
  });

  it('can be asked for by name: operations, tags, schemas', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z0-9]+$/);
    const tags = document.tags.map(({ name }) => name);
    const used = new Set(operations.flatMap(({ operation }) => operation.tags));
    expect([...used].sort()).toEqual(tags.sort());
    for (const [, reference] of JSON.stringify(document).matchAll(
      /"\$ref":"#\/components\/schemas\/(\w+)"/g,
    )) {
      expect(Object.keys(document.components.schemas)).toContain(reference);
    }
    for (const { operation } of operations) {
      for (const scheme of operation.security.flatMap(Object.keys)) {
        expect(Object.keys(document.components.securitySchemes)).toContain(scheme);
      }
    }
  });

  it('offers an Idempotency-Key with every POST', () => {
    for (const { name, operation } of operations) {
      const offered = operation.parameters.some((parameter) => parameter.name === 'Idempotency-Key');
      expect(offered, name).toBe(name.startsWith('post '));
    }
  });
});

describe('GET /api/v1/docs', () => {
  it('shows the document, with nothing from elsewhere', async () => {
    const response = await call('/api/v1/docs');
    const html = await response.text();
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect([...html.matchAll(/(?:src|href|url)[=:]\s*["']([^"']+)/g)].map(([, url]) => url).sort()).toEqual([
      '/api/v1/openapi.json',
      '/favicon.svg',
      '/reference/swagger-ui-bundle.js',
      '/reference/swagger-ui.css',
    ]);
    const policy = response.headers.get('content-security-policy') ?? '';
    const [, nonce] = /script-src 'self' 'nonce-([^']+)'/.exec(policy) ?? [];
    expect(html.match(/<script(?! src)[^>]*>/g)).toEqual([`<script nonce="${nonce}">`]);
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
    const again = await call('/api/v1/docs');
    expect(again.headers.get('content-security-policy')).not.toBe(policy);
    expect(env.PUBLIC_ORIGIN).toBe(
      z.object({ servers: z.array(z.object({ url: z.string() })) }).parse(document).servers[0]?.url,
    );
  });
});

function schemaNamed(name: string | undefined): z.ZodType {
  const schema = name === undefined ? undefined : namedSchemas().get(name);
  if (!schema) throw new Error(`there is no schema ${name}`);
  return schema;
}
