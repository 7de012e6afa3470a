import { Jwks } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { call, problemIn } from '../../test/support/api.ts';
import { CONFIG } from '../config.ts';

describe('any request', () => {
  it('to nothing is told so', async () => {
    for (const path of ['/api/v1/nothing', '/api/v2/meetings', '/.well-known/nothing']) {
      expect(await problemIn(await call(path))).toMatchObject({ status: 404, code: 'not_found' });
    }
  });

  it('with a method that a resource does not have is told which it has', async () => {
    const response = await call('/api/v1/meetings', { method: 'DELETE' });
    expect(response.headers.get('allow')).toBe('POST');
    expect(await problemIn(response)).toMatchObject({ status: 405 });
    const other = await call('/api/v1/meetings/123-4567-8901/join');
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('goes on with the trace of its caller', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const response = await call('/api/v1/nothing', {
      headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` },
    });
    expect((await problemIn(response)).instance).toBe(`urn:trace:${trace}`);
    expect((await problemIn(await call('/api/v1/nothing'))).instance).toMatch(/^urn:trace:[0-9a-f]{32}$/);
  });

  it('for a page gets the web app', async () => {
    const response = await call('/j/123-4567-8901');
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<title>Meridian</title>');
  });

  it('that is too large is not read', async () => {
    const response = await call('/api/v1/meetings', { raw: 'x'.repeat(CONFIG.http.maxBodyBytes + 1) });
    expect(await problemIn(response)).toMatchObject({ status: 413, code: 'too_large' });
  });
});

describe('GET /healthz', () => {
  it('answers', async () => {
    const response = await call('/healthz');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });
});

describe('GET /readyz', () => {
  it('refuses while there is no media node', async () => {
    const response = await call('/readyz');
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await problemIn(response)).toMatchObject({ status: 503, code: 'no_capacity' });
  });
});

describe('GET /.well-known/jwks.json', () => {
  it('shows the public keys', async () => {
    const response = await call('/.well-known/jwks.json');
    expect(response.headers.get('cache-control')).toContain('max-age');
    const text = await response.text();
    expect(Jwks.parse(JSON.parse(text)).keys.map(({ kid }) => kid)).toEqual(['test-1']);
    expect(text).not.toContain('"d"');
  });
});

describe('GET /api/v1/openapi.json', () => {
  it('describes every route with the ways it can fail', async () => {
    const document = await (await call('/api/v1/openapi.json')).json<{
      openapi: string;
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
      components: { schemas: Record<string, unknown> };
    }>();
    expect(document.openapi).toBe('3.1.0');
    const statuses = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => [
        `${method} ${path}`,
        Object.keys(responses).join(' '),
      ]),
    );
    expect(Object.fromEntries(statuses)).toEqual({
      'get /.well-known/jwks.json': '200 500',
      'get /healthz': '200',
      'get /readyz': '200 500 503',
      'post /api/v1/meetings': '201 400 413 415 422 429 500 503',
      'get /api/v1/meetings/{id}': '200 400 404 429 500 503',
      'post /api/v1/meetings/{id}/join': '200 400 403 404 409 413 415 423 429 500 503',
      'post /api/v1/meetings/{id}/leave': '204 400 401 403 404 500 503',
      'post /api/v1/meetings/{id}/end': '204 400 401 403 404 409 413 415 429 500 503',
      'get /api/v1/meetings/{id}/signal': '101 400 401 403 404 426 500 503',
      'get /api/v1/meetings/{id}/room-link': '101 400 401 426 500 503',
      'get /api/v1/fleet/regions/{region}/link': '101 400 401 403 426 500 503',
    });
    expect(Object.keys(document.components.schemas).sort()).toEqual([
      'CreateMeetingRequest',
      'CreateMeetingResponse',
      'JoinRequest',
      'JoinResponse',
      'Jwks',
      'Meeting',
      'Problem',
    ]);
    for (const [, reference] of JSON.stringify(document).matchAll(
      /"\$ref":"#\/components\/schemas\/(\w+)"/g,
    )) {
      expect(Object.keys(document.components.schemas)).toContain(reference);
    }
  });
});
