import { Jwks } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { call, problemIn } from '../../test/support/api.ts';
import { inOneMinute } from '../../test/support/one-minute.ts';
import { CONFIG } from '../config.ts';

describe('any request', () => {
  it('to nothing is told so', async () => {
    for (const path of ['/api/v1/nothing', '/api/v2/meetings', '/.well-known/nothing']) {
      expect(await problemIn(await call(path))).toMatchObject({ status: 404, code: 'not_found' });
    }
  });

  it('with a method that a resource does not have is told which it has', async () => {
    const response = await call('/api/v1/meetings', { method: 'DELETE' });
    expect(response.headers.get('allow')).toBe('GET, POST');
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

  it('is answered with headers under which nothing in the answer could run', async () => {
    for (const path of ['/api/v1/nothing', '/api/v1/openapi.json', '/healthz', '/.well-known/jwks.json']) {
      const { headers } = await call(path);
      expect(headers.get('content-security-policy'), path).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{7,}$/);
    }
  });

  it('is one of so many a minute, of one caller', async () => {
    const path = `/api/v1/meetings/${crypto.randomUUID()}`;
    const statuses = async (count: number, method: string, rest: string, address: string) => {
      const calls = Array.from({ length: count }, () =>
        call(path + rest, { method, headers: { 'cf-connecting-ip': address } }),
      );
      return (await Promise.all(calls)).map(({ status }) => status);
    };
    // 100 is the limit of writes in this runtime.
    const [address, writes, refused] = await inOneMinute(async (address) => {
      const writes = await statuses(110, 'POST', '/leave', address);
      const headers = { 'cf-connecting-ip': address };
      return [address, writes, await call(`${path}/leave`, { method: 'POST', headers })] as const;
    });
    expect(writes.filter((status) => status === 401)).toHaveLength(100);
    expect(writes.filter((status) => status === 429)).toHaveLength(10);
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(await problemIn(refused)).toMatchObject({ status: 429, code: 'rate_limited' });
    // Reading and joining are counted apart, and others are not concerned.
    expect(await statuses(1, 'GET', '/participants', address)).toEqual([401]);
    expect(await statuses(1, 'POST', '/join', address)).toEqual([400]);
    expect(await statuses(1, 'POST', '/leave', '203.0.113.1')).toEqual([401]);
    const reads = await inOneMinute((address) => statuses(210, 'GET', '/participants', address));
    expect(reads.filter((status) => status === 429)).toHaveLength(10);
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
