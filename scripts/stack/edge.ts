import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './logs.ts';
import type { Environment } from './media-node.ts';
import { NODE_MODULES, ROOT } from './paths.ts';
import { isFree } from './ports.ts';
import { ManagedProcess } from './process.ts';
import { waitUntilReady } from './wait.ts';

export type EdgeOptions = {
  /** The scripts to run, of which the first has the port; all of ours unless said otherwise. */
  readonly configurations?: readonly string[];
  readonly dataDir: string;
  readonly port: number;
  readonly inspectorPort: number;
  /** The variables and secrets of all Workers. */
  readonly env: Environment;
  /** See ProcessSpec. */
  readonly niceness?: number;
  readonly log: Logger;
};

/** The API's script, and those of the rooms and the fleet, which are deployed apart from it. */
const CONFIGURATIONS = [
  'wrangler.toml',
  'apps/edge-control/wrangler.room.toml',
  'apps/edge-control/wrangler.fleet.toml',
];

/** A cold start of wrangler bundles three scripts; on a machine that is busy with tests this takes a while. */
const START_TIMEOUT = 60_000;
const PORT_RELEASE_TIMEOUT = 5_000;

/** What wrangler says at every start and of every request, and our own polling. Trouble has other words. */
const NOISE = new RegExp(
  [
    String.raw`^\s*$`,
    String.raw`^\[wrangler:info\] (GET|POST|PUT|PATCH|DELETE|OPTIONS|HEAD) `,
    'has access to the following bindings',
    '^Binding  ',
    String.raw`^env\.`,
    '^Service bindings, Durable Object bindings',
    '^Using secrets defined in process.env',
    'Scheduled Workers are not automatically triggered|cron-triggers',
    '"path":"/(healthz|readyz)","status":(200|503)',
  ].join('|'),
);

/** Where requests come from unless they say otherwise: wrangler would ask a server of Cloudflare's. */
const REQUEST_PROPERTIES = {
  colo: 'AMS',
  country: 'NL',
  city: 'Amsterdam',
  continent: 'EU',
  latitude: '52.37',
  longitude: '4.90',
  timezone: 'Europe/Amsterdam',
};

/** The control plane: every Worker and Durable Object, in workerd, under `wrangler dev`. */
export class Edge {
  readonly url: string;
  readonly #options: EdgeOptions;
  #process: ManagedProcess | undefined;

  constructor(options: EdgeOptions) {
    this.#options = options;
    this.url = `http://127.0.0.1:${options.port}`;
  }

  get process(): ManagedProcess | undefined {
    return this.#process;
  }

  async start(): Promise<void> {
    if (this.#process?.running) return;
    const { configurations = CONFIGURATIONS, dataDir, port, inspectorPort, log } = this.#options;
    mkdirSync(dataDir, { recursive: true });
    const requestProperties = path.join(dataDir, 'cf.json');
    // Written at every start: when the file is some days old, wrangler tries to fetch a new one.
    writeFileSync(requestProperties, JSON.stringify(REQUEST_PROPERTIES));

    this.#process = new ManagedProcess({
      name: 'edge',
      command: process.execPath,
      args: [
        path.join(NODE_MODULES, 'wrangler', 'bin', 'wrangler.js'),
        'dev',
        ...configurations.flatMap((file) => ['-c', file]),
        ...['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', String(inspectorPort)],
        ...['--persist-to', path.join(dataDir, 'edge'), '--show-interactive-dev-session=false'],
      ],
      cwd: ROOT,
      env: {
        // Nothing else of ours, as everything in here becomes a variable of the Workers.
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        ...this.#options.env,
        // Values given with --var or --env-file reach the first of the three scripts only.
        CLOUDFLARE_INCLUDE_PROCESS_ENV: 'true',
        CLOUDFLARE_CF_FETCH_PATH: requestProperties,
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_HIDE_BANNER: 'true',
        // Traces every statement and message into a database of its own, for a page nobody here opens.
        X_LOCAL_OBSERVABILITY: 'false',
        WRANGLER_LOG_PATH: path.join(dataDir, 'wrangler-logs'),
        // A list per stack, or the Workers of two stacks on this machine would find each other.
        WRANGLER_REGISTRY_PATH: path.join(dataDir, 'wrangler-registry'),
      },
      ...(this.#options.niceness === undefined ? {} : { niceness: this.#options.niceness }),
      log,
      hide: NOISE,
    });
    await this.#ready(this.#process);
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    await this.#portReleased();
  }

  /** Kill -9: whatever was on its way inside is gone. */
  async crash(): Promise<void> {
    await this.#process?.crash();
    await this.#portReleased();
  }

  /**
   * What a deployment comes down to: every object is gone at once, with its memory and its sockets, and those that
   * follow start from what was stored. `frozenMs`: it hangs for so long before. Wrangler starts workerd anew by itself,
   * ten times as fast as all of it would start.
   */
  async replaceRuntime(frozenMs = 0): Promise<void> {
    const { port } = this.#options;
    // The other workerd is wrangler's own, which has our port and passes on what comes.
    const [runtime] = [...(this.#process?.members() ?? [])].find(
      ([, command]) => command.includes('/workerd\0') && !command.includes(`entry=127.0.0.1:${port}\0`),
    ) ?? [null];
    if (!this.#process || runtime === null) throw new Error('no workerd runs');
    if (frozenMs > 0) {
      process.kill(runtime, 'SIGSTOP');
      await sleep(frozenMs);
    }
    process.kill(runtime, 'SIGKILL');
    await this.#ready(this.#process);
  }

  #ready(process: ManagedProcess): Promise<void> {
    const url = `${this.url}/healthz`;
    return waitUntilReady({ url, what: 'control plane', timeout: START_TIMEOUT, processes: [process] });
  }

  async #portReleased(): Promise<void> {
    const deadline = performance.now() + PORT_RELEASE_TIMEOUT;
    while (performance.now() < deadline && !(await isFree(this.#options.port, 'tcp'))) await sleep(20);
  }
}
