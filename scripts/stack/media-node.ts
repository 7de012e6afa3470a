import path from 'node:path';
import { mediasoupWorkerPath } from '../setup/worker.mjs';
import type { Region } from './defaults.ts';
import type { Logger } from './logs.ts';
import { ROOT } from './paths.ts';
import { ManagedProcess } from './process.ts';
import { waitUntilReady } from './wait.ts';

export type Environment = Readonly<Record<string, string>>;

export type MediaNodeOptions = {
  readonly id: string;
  readonly region: Region;
  /** What it listens on; 127.0.0.1 unless it is to be a machine of its own. */
  readonly address?: string;
  readonly controlUrl: string;
  /** The file for its key, and what gives it a secret to enrol with. */
  readonly keyFile: string;
  readonly enrolment: () => Promise<string>;
  /** HTTP and WebSocket. */
  readonly port: number;
  /** RTP of the first worker; worker i has this + i. UDP and TCP. */
  readonly mediaPort: number;
  readonly relayPorts: { readonly first: number; readonly last: number };
  readonly workers: number;
  /** On top of what is made of the rest. */
  readonly env: Environment;
  readonly log: Logger;
};

const START_TIMEOUT = 20_000;

/** One media node, as a virtual machine of the fleet would run it. */
export class MediaNode {
  readonly id: string;
  readonly region: Region;
  readonly port: number;
  readonly mediaPort: number;
  readonly address: string;
  readonly #options: MediaNodeOptions;
  #process: ManagedProcess | undefined;
  #secret: string | undefined;

  constructor(options: MediaNodeOptions) {
    this.#options = options;
    this.id = options.id;
    this.region = options.region;
    this.address = options.address ?? '127.0.0.1';
    this.port = options.port;
    this.mediaPort = options.mediaPort;
  }

  get process(): ManagedProcess | undefined {
    return this.#process;
  }

  get running(): boolean {
    return this.#process?.running === true;
  }

  async start(): Promise<void> {
    if (this.running) return;
    // Once: at later starts it has its key.
    this.#secret ??= await this.#options.enrolment();
    this.#process = new ManagedProcess({
      name: this.id,
      command: process.execPath,
      args: [path.join(ROOT, 'apps', 'media-node', 'src', 'main.ts')],
      cwd: ROOT,
      env: {
        MEDIASOUP_WORKER_BIN: mediasoupWorkerPath(),
        ...process.env,
        ...this.#environment(this.#secret),
      },
      log: this.#options.log,
    });
    await waitUntilReady({
      url: `http://${this.address}:${this.port}/healthz`,
      what: `media node ${this.id}`,
      timeout: START_TIMEOUT,
      processes: [this.#process],
    });
  }

  /** Asks it to drain and go. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /**
   * Takes it away without a word: SIGKILL for a crash. SIGSTOP freezes it until SIGCONT, as a machine that
   * hangs would; it is still there then, so nothing is waited for.
   */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') this.#process?.kill(signal);
    else await this.#process?.crash(signal);
  }

  /** Again, under the same name and on the same ports. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  #environment(enrolmentSecret: string): Environment {
    const { id, region, controlUrl, keyFile, port, mediaPort, relayPorts, workers, env } = this.#options;
    return {
      NODE_ID: id,
      REGION: region.id,
      LATITUDE: String(region.latitude),
      LONGITUDE: String(region.longitude),
      CONTROL_URL: controlUrl,
      NODE_KEY_FILE: keyFile,
      ENROLMENT_SECRET: enrolmentSecret,
      LISTEN_ADDRESS: this.address,
      PORT: String(port),
      PUBLIC_URL: `ws://${this.address}:${port}`,
      MEDIA_ADDRESS: this.address,
      ANNOUNCED_ADDRESS: this.address,
      MEDIA_PORT: String(mediaPort),
      RELAY_ADDRESS: this.address,
      RELAY_PORT_MIN: String(relayPorts.first),
      RELAY_PORT_MAX: String(relayPorts.last),
      WORKERS: String(workers),
      // Ctrl-C ends a stack at once.
      DRAIN_TIMEOUT: '0',
      LOG_LEVEL: 'info',
      ...env,
    };
  }
}
