import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { mediasoupWorkerPath } from './scripts/setup/worker.mjs';

// npm test sets it as well; this is for vitest on its own.
process.env.MEDIASOUP_WORKER_BIN ??= mediasoupWorkerPath();

const workerd = () => cloudflareTest({ wrangler: { configPath: './apps/edge-control/test/wrangler.jsonc' } });
const ignored = ['**/node_modules/**', '**/dist/**', '**/.tsbuild/**', '**/.meridian/**'];

/**
 * unit: pure code and Node code, beside the source.
 * edge, edge-http: Worker and Durable Object code, run inside workerd.
 * integration: several real parts together (Worker, mediasoup, Postgres), no browser.
 * e2e: real browsers against the whole stack.
 * chaos: a worldwide fleet with faults of all kinds; run by itself, as it takes the whole machine.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Starting a worker for each of a hundred files is most of the time, and these tests share nothing.
          isolate: false,
          include: ['{packages,apps,db,scripts,infra,test}/**/*.test.ts'],
          exclude: [...ignored, 'apps/edge-control/**', '**/*.{integration,e2e,chaos}.test.ts'],
        },
      },
      {
        plugins: [workerd()],
        test: {
          name: 'edge',
          // Starting a runtime for each file is most of the time, and these tests have objects of their own.
          isolate: false,
          include: ['apps/edge-control/**/*.test.ts'],
          exclude: [...ignored, '**/*.integration.test.ts', 'apps/edge-control/src/http/**'],
        },
      },
      {
        plugins: [workerd()],
        test: {
          name: 'edge-http',
          // What the API answers depends on which nodes have registered: a runtime for each file.
          include: ['apps/edge-control/src/http/**/*.test.ts'],
          // The first request of a file starts the runtime, which on a loaded machine takes longer than 5 s.
          testTimeout: 20_000,
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
      {
        test: {
          name: 'chaos',
          include: ['test/**/*.chaos.test.ts'],
          exclude: ignored,
          testTimeout: 420_000,
        },
      },
    ],
  },
});
