import { createExecutionContext, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { MeridianError } from '@meridian/protocol';
import { exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { problemIn } from '../../../test/support/api.ts';
import { CONFIG } from '../../config.ts';
import { router } from '../context.ts';
import { problemOf } from '../problem.ts';
import { traceOf } from '../trace.ts';
import { idempotent } from './middleware.ts';
import { openAnswer, sealAnswer } from './sealed-answer.ts';

/** A route whose doings can be counted, held up and made to fail, behind the middleware. */
class Shop {
  orders = 0;
  hold: Promise<void> = Promise.resolve();
  failure: Error | null = null;
  readonly #app = router();

  constructor() {
    this.#app.use(async (c, next) => {
      c.set(
        'trace',
        traceOf(undefined, (bytes) => bytes.fill(1)),
      );
      c.set('actor', { kind: 'anonymous' });
      await next();
    });
    this.#app.use(idempotent);
    this.#app.on(['POST', 'PUT'], '/orders/:kind', async (c) => {
      const body = await c.req.text();
      await this.hold;
      if (this.failure) throw this.failure;
      this.orders += 1;
      return c.json({ order: this.orders, body, secret: 'host key' }, 201, {
        location: `/orders/${this.orders}`,
      });
    });
    this.#app.post('/empty', (c) => {
      this.orders += 1;
      return c.body(null, 204);
    });
    this.#app.onError((error, c) => problemOf(c, error));
  }

  async order(headers: Record<string, string>, { path = '/orders/a', body = 'x', method = 'POST' } = {}) {
    const request = new Request(`https://shop.test${path}`, {
      method,
      headers: { 'cf-connecting-ip': '192.0.2.1', ...headers },
      body,
    });
    return this.#app.fetch(request, env, createExecutionContext());
  }
}

const keyed = (key: string = crypto.randomUUID()) => ({ 'idempotency-key': key });

describe('Idempotency-Key', () => {
  let shop: Shop;
  beforeEach(() => {
    shop = new Shop();
  });
  afterEach(() => vi.useRealTimers());

  it('answers the same request once more without carrying it out', async () => {
    const headers = keyed();
    const first = await shop.order(headers);
    const again = await shop.order(headers);
    expect([first.status, first.headers.has('idempotent-replayed')]).toEqual([201, false]);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(await again.json()).toEqual(await first.json());
    for (const name of ['location', 'content-type']) {
      expect(again.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(shop.orders).toBe(1);
  });

  it('also where there is nothing to say', async () => {
    const headers = keyed();
    const answers = [
      await shop.order(headers, { path: '/empty' }),
      await shop.order(headers, { path: '/empty' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
    expect(shop.orders).toBe(1);
  });

  it('is for one request: another under the same key is a mistake', async () => {
    const headers = keyed();
    await shop.order(headers);
    for (const response of [
      await shop.order(headers, { body: 'y' }),
      await shop.order({ ...headers, 'x-host-key': 'k' }),
      await shop.order(headers, { path: '/orders/a?x=1' }),
    ]) {
      expect(await problemIn(response)).toMatchObject({ status: 409, code: 'idempotency_conflict' });
    }
    expect(shop.orders).toBe(1);
  });

  it('belongs to one caller and one address', async () => {
    const headers = keyed();
    await shop.order(headers);
    await shop.order({ ...headers, 'cf-connecting-ip': '192.0.2.2' });
    await shop.order(headers, { path: '/orders/b' });
    expect(shop.orders).toBe(3);
  });

  it('lets one of several at once through', async () => {
    let release = () => {};
    shop.hold = new Promise((resolve) => {
      release = resolve;
    });
    const headers = keyed();
    const answers = Array.from({ length: 5 }, () => shop.order(headers));
    // One is held up; the others are answered meanwhile.
    const refused: Response[] = [];
    await new Promise<void>((resolve) => {
      for (const answer of answers) {
        void answer.then((response) => {
          refused.push(response);
          if (refused.length === 4) resolve();
        });
      }
    });
    for (const response of refused.slice(0, 4)) {
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await problemIn(response)).toMatchObject({ status: 409, code: 'conflict' });
    }
    release();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([201, 409, 409, 409, 409]);
    expect(shop.orders).toBe(1);
  });

  it('does not keep refusals: they may be none the next time', async () => {
    const headers = keyed();
    shop.failure = new MeridianError('meeting_locked', 'locked');
    expect((await shop.order(headers)).status).toBe(423);
    shop.failure = new Error('a bug');
    expect((await shop.order(headers)).status).toBe(500);
    shop.failure = null;
    expect((await shop.order(headers)).status).toBe(201);
    expect(shop.orders).toBe(1);
  });

  it('is 1 to 64 visible characters, and says nothing on other methods', async () => {
    for (const key of ['', ' ', 'a b', 'x'.repeat(65)]) {
      const response = await shop.order(keyed(key));
      expect(await problemIn(response), key).toMatchObject({ status: 400, code: 'malformed' });
    }
    expect((await shop.order(keyed('x'.repeat(64)))).status).toBe(201);
    const headers = keyed();
    for (let i = 0; i < 2; i++) await shop.order(headers, { method: 'PUT' });
    expect(shop.orders).toBe(3);
  });

  it('without it nothing is remembered', async () => {
    await shop.order({});
    await shop.order({});
    expect(shop.orders).toBe(2);
  });
});

describe('the record of a key', () => {
  const answer = { kid: 'k', iv: 'i', data: 'd' };
  const record = () => env.IDEMPOTENCY.getByName(crypto.randomUUID());
  afterEach(() => vi.useRealTimers());

  it('outlives the object', async () => {
    const stub = record();
    expect(await stub.claim('f', 'one')).toEqual({ outcome: 'first' });
    expect(await stub.claim('f', 'two')).toEqual({ outcome: 'busy' });
    await stub.settle('one', answer);
    await evictDurableObject(stub);
    expect(await stub.claim('f', 'three')).toEqual({ outcome: 'answered', answer });
    expect(await stub.claim('g', 'four')).toEqual({ outcome: 'different' });
  });

  it('lets the next one try when the first is gone, and does not believe the first afterwards', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const stub = record();
    await stub.claim('f', 'one');
    vi.setSystemTime(Date.now() + CONFIG.idempotency.claimMs);
    expect(await stub.claim('f', 'two')).toEqual({ outcome: 'first' });
    await stub.settle('one', answer);
    expect(await stub.claim('f', 'three')).toEqual({ outcome: 'busy' });
  });

  it('forgets after a day', async () => {
    const stub = record();
    await stub.claim('f', 'one');
    await stub.settle('one', answer);
    await runInDurableObject(stub, async (instance, state) => {
      const due = (await state.storage.getAlarm()) ?? 0;
      expect(Math.abs(due - Date.now() - CONFIG.idempotency.keepMs)).toBeLessThan(10_000);
      await instance.alarm();
      expect([...state.storage.kv.list()]).toEqual([]);
      expect(await state.storage.getAlarm()).toBeNull();
    });
    expect(await stub.claim('other', 'two')).toEqual({ outcome: 'first' });
  });
});

describe('a kept answer', () => {
  const answer = { status: 201, headers: { location: '/x' }, body: '{"host_key":"s3cret"}' };

  it('can be read with the key it was asked under, while the deployment has the key it was sealed with', async () => {
    const sealed = await sealAnswer(env, 'key', answer);
    expect(JSON.stringify(sealed)).not.toContain('s3cret');
    expect(await openAnswer(env, 'key', sealed)).toEqual(answer);
    expect(await openAnswer(env, 'other', sealed)).toBeNull();
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const next = { ...(await exportJWK(privateKey)), kid: 'next' };
    const rotated = { ...env, SIGNING_KEYS: JSON.stringify([next, ...JSON.parse(env.SIGNING_KEYS)]) };
    expect(await openAnswer(rotated, 'key', sealed)).toEqual(answer);
    const dropped = { ...env, SIGNING_KEYS: JSON.stringify([next]) };
    expect(await openAnswer(dropped, 'key', sealed)).toBeNull();
  });
});
