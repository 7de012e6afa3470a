import { availableParallelism } from 'node:os';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { mediasoupWorkerPath } from './scripts/setup/worker.mjs';

// npm test sets it as well; this is for vitest on its own.
process.env.MEDIASOUP_WORKER_BIN ??= mediasoupWorkerPath();

const workerd = () => cloudflareTest({ wrangler: { configPath: './apps/edge-control/test/wrangler.jsonc' } });
const ignored = ['**/node_modules/**', '**/dist/**', '**/.tsbuild/**', '**/.meridian/**'];

/** What these are answered depends on which nodes have registered: a runtime for each. */
const ownRuntime = ['http', 'stay', 'roles', 'meetings', 'known-meetings', 'fleet/fleet'].map(
  (name) => `apps/edge-control/src/http/${name}.test.ts`,
);
/** The first request of a file may start the runtime, which on a loaded machine takes longer than 5 s. Milliseconds. */
const runtimeStart = 20_000;

/**
 * unit: pure code and Node code, beside the source.
 * edge, edge-http: Worker and Durable Object code, run inside workerd.
 * integration: several real parts together (Worker, mediasoup, Postgres), no browser.
 * e2e: real browsers against the whole stack.
 * chaos: a worldwide fleet with faults of all kinds; runs last and by itself, as it takes the whole machine.
 */
export default defineConfig({
  test: {
    // Two on two cores as well, where one is usual: workers wait for the runtime of Workers, which is another process.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // What a test that passes logs fills tens of thousands of lines.
    silent: 'passed-only',
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
          exclude: [...ignored, '**/*.integration.test.ts', ...ownRuntime],
          testTimeout: runtimeStart,
        },
      },
      {
        plugins: [workerd()],
        test: {
          name: 'edge-http',
          include: ownRuntime,
          exclude: ignored,
          testTimeout: runtimeStart,
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
          // Two minutes of faults, and as much patience as a machine half as fast takes.
          testTimeout: 900_000,
        },
      },
    ],
  },
});
