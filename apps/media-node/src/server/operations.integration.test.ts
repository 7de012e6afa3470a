import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLOSE } from '@meridian/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { TestFleet } from '../testing/fleet.ts';
import { until } from '../testing/until.ts';

const PORT = 24_000;
const METRICS_PORT = 24_060;
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const TOKEN = 'a token for Prometheus';

let fleet: TestFleet;
afterEach(() => fleet.close());

/** Over a connection of its own: one kept from the test before would reach the node of that test. */
const get = (path: string, port = PORT, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close', ...headers } });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function start(env: Record<string, string> = {}): Promise<void> {
  fleet = await TestFleet.start(PORT, ['node-a'], env);
}

describe('health and readiness', () => {
  test('say what is the matter', async () => {
    await start();
    expect((await get('/healthz')).status).toBe(200);
    const ready = await get('/readyz');
    expect([ready.status, await ready.json()]).toEqual([
      200,
      {
        ready: true,
        reasons: [],
        state: 'up',
        workers: 1,
        workers_wanted: 1,
        registered: true,
        participants: 0,
        capacity: 500,
      },
    ]);
    expect((await get('/nowhere')).status).toBe(404);
    await fleet.join('node-a');
    void fleet.node('node-a').drain(60_000);
    const draining = await get('/readyz');
    expect([draining.status, await draining.json()]).toMatchObject([503, { reasons: ['draining'] }]);
    expect((await get('/healthz')).status).toBe(200);
  });

  test('a pool that keeps dying is not ready, tells its cell, and comes back', {
    timeout: 30_000,
  }, async () => {
    await start({ WORKERS: '2', CAPACITY: '10' });
    const { pool } = fleet.node('node-a');
    const announced = () =>
      fleet.control.cellMessages.flatMap((message) =>
        message.type === 'register' ? [message.node.capacity] : [],
      );
    expect(announced()).toEqual([10]);
    // Whoever comes up dies at once, until the pool waits before it tries again.
    for (let killed = 0; killed < 6; ) {
      for (const worker of pool.workers) {
        process.kill(worker.pid, 'SIGKILL');
        killed += 1;
      }
      await until('the workers to die', () => pool.deaths >= killed);
      if (pool.workers.length === 0 && killed < 6) {
        await until('a worker', () => pool.workers.length > 0);
      }
    }
    await until('no worker', () => pool.workers.length === 0);
    const ready = await get('/readyz');
    expect([ready.status, await ready.json()]).toMatchObject([503, { reasons: ['workers_down'] }]);
    expect(announced()).toContain(1);
    const load = fleet.control.cellMessages.at(-1);
    expect(load?.type === 'heartbeat' || load?.type === 'register' ? load.load.state : load).toBe('full');
    await until('all workers', () => pool.complete, 15_000);
    await until('the capacity again', () => announced().at(-1) === 10);
    expect((await get('/readyz')).status).toBe(200);
  });
});

describe('metrics', () => {
  test('are not for whoever reaches the public port', async () => {
    await start();
    expect((await get('/metrics')).status).toBe(404);
  });

  test('are there for who shows the token', async () => {
    await start({ METRICS_TOKEN: TOKEN });
    expect((await get('/metrics')).status).toBe(401);
    expect((await get('/metrics', PORT, bearer('another'))).status).toBe(401);
    const response = await get('/metrics', PORT, bearer(TOKEN));
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await response.text()).toContain('meridian_media_participants 0');
  });

  test('are there on a listener of their own', async () => {
    await start({ METRICS_PORT: String(METRICS_PORT) });
    expect((await get('/metrics', METRICS_PORT)).status).toBe(200);
    expect((await get('/healthz', METRICS_PORT)).status).toBe(200);
    expect((await get('/media', METRICS_PORT)).status).toBe(404);
    expect((await get('/metrics')).status).toBe(404);
  });

  test('tell what is and what happened', async () => {
    await start({ METRICS_PORT: String(METRICS_PORT) });
    const client = await fleet.join('node-a');
    await client.publish('microphone');
    await expect(client.request({ type: 'close_producer', source: 'screen' })).rejects.toThrow();
    let text = '';
    await until('the first packet', async () => {
      text = await (await get('/metrics', METRICS_PORT)).text();
      return text.includes('meridian_media_first_packet_seconds_count 1');
    });
    for (const line of [
      'meridian_media_ready 1',
      'meridian_media_draining 0',
      'meridian_media_cell_link_up 1',
      'meridian_media_room_links{state="up"} 1',
      'meridian_media_workers 1',
      'meridian_media_participants 1',
      'meridian_media_transports{type="webrtc"} 2',
      'meridian_media_producers{kind="audio"} 1',
      'meridian_media_request_seconds_count{type="produce"} 1',
      'meridian_media_request_errors_total{code="unknown_stream"} 1',
    ]) {
      expect(text).toContain(`\n${line}\n`);
    }
    // Each family says what it is.
    const families = new Set(
      [...text.matchAll(/^(meridian_media_\w+?)(?:_bucket|_sum|_count)?[{ ]/gm)].map((m) => m[1]),
    );
    for (const family of families) expect(text).toMatch(new RegExp(`# HELP ${family} \\w+`));
    // Alerts name nothing that is not there, and each is explained.
    const [alerts, page] = await Promise.all(
      ['infra/prometheus/alerts.yml', 'docs/operations.md'].map((file) =>
        readFile(path.join(ROOT, file), 'utf8'),
      ),
    );
    const named = new Set((alerts ?? '').match(/meridian_media_\w+/g));
    expect(named.size).toBeGreaterThan(20);
    for (const name of named) {
      const family = name.replace(/_(bucket|sum|count)$/, '');
      expect(text).toMatch(new RegExp(`# TYPE (${name}|${family}) `));
    }
    for (const [, alert] of (alerts ?? '').matchAll(/- alert: (\w+)/g))
      expect(page).toContain(`\`${alert}\``);
    client.socket.close(CLOSE.normal);
    await until('the close', async () =>
      (await (await get('/metrics', METRICS_PORT)).text()).includes(
        'meridian_media_socket_closes_total{code="normal"} 1',
      ),
    );
  });
});
