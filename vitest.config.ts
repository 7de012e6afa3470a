import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { mediasoupWorkerPath } from './scripts/setup/worker.mjs';

// npm test sets it as well; this is for vitest on its own.
process.env.MEDIASOUP_WORKER_BIN ??= mediasoupWorkerPath();

const ignored = ['**/node_modules/**', '**/dist/**', '**/.tsbuild/**', '**/.meridian/**'];

/**
 * unit: pure code and Node code, beside the source.
 * edge: Worker and Durable Object code, run inside workerd.
 * integration: several real parts together (Worker, mediasoup, Postgres), no browser.
 * e2e: real browsers against the whole stack.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,apps,db,scripts,infra,test}/**/*.test.ts'],
          exclude: [...ignored, 'apps/edge-control/**', '**/*.integration.test.ts', '**/*.e2e.test.ts'],
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './apps/edge-control/test/wrangler.jsonc' } })],
        test: {
          name: 'edge',
          include: ['apps/edge-control/**/*.test.ts'],
          exclude: [...ignored, '**/*.integration.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{apps,db,scripts,infra,test}/**/*.integration.test.ts'],
          exclude: ignored,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/**/*.e2e.test.ts'],
          exclude: ignored,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
