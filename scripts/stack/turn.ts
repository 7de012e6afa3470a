import { randomBytes } from 'node:crypto';
import { accessSync, chownSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { renderCoturn } from '../../infra/coturn/render.ts';
import type { Logger } from './logs.ts';
import { ManagedProcess } from './process.ts';
import { answersStun } from './stun.ts';
import { accountOf } from './unprivileged.ts';

export type TurnPorts = {
  /** UDP and TCP. */
  readonly port: number;
  readonly relayPorts: { readonly first: number; readonly last: number };
};

/** Where Debian's package `coturn` puts it. */
const PROGRAM = '/usr/bin/turnserver';
const START_TIMEOUT = 10_000;
const ANSWER_TIMEOUT = 200;
/** It says a hundred lines at each start, and then a few of every allocation. Trouble is marked; we know of the one. */
const NOISE = /^(?!.*(ERROR|WARNING))|WARNING: allow_loopback_peers/;

export function isCoturnInstalled(): boolean {
  try {
    accessSync(PROGRAM, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** coturn on loopback, for browsers on this machine. */
export class Turn {
  /** What the control plane mints credentials from. A new one at each start: nothing of the old ones is kept. */
  readonly secret = randomBytes(32).toString('base64url');
  readonly urls: readonly string[];
  readonly #ports: TurnPorts;
  readonly #log: Logger;
  #directory: string | undefined;
  #process: ManagedProcess | undefined;

  constructor(ports: TurnPorts, log: Logger) {
    this.#ports = ports;
    this.#log = log;
    this.urls = ['udp', 'tcp'].map((transport) => `turn:127.0.0.1:${ports.port}?transport=${transport}`);
  }

  get process(): ManagedProcess | undefined {
    return this.#process;
  }

  async start(): Promise<void> {
    // As root it runs as somebody else, who has to be able to read its configuration.
    const user = accountOf(['turnserver', 'nobody']);
    const directory = mkdtempSync(path.join(tmpdir(), 'meridian-coturn-'));
    this.#directory = directory;
    const file = path.join(directory, 'turnserver.conf');
    const { port, relayPorts } = this.#ports;
    const configuration = renderCoturn('loopback', {
      TURN_SECRET: this.secret,
      TURN_REALM: 'meridian.localhost',
      TURN_STATE_DIRECTORY: directory,
      TURN_PORT: String(port),
      TURN_RELAY_PORT_MIN: String(relayPorts.first),
      TURN_RELAY_PORT_MAX: String(relayPorts.last),
    });
    writeFileSync(file, configuration, { mode: 0o600 });
    if (user) for (const place of [directory, file]) chownSync(place, user.uid, user.gid);
    this.#process = new ManagedProcess({
      name: 'turn',
      command: PROGRAM,
      args: ['-c', file],
      cwd: directory,
      env: { PATH: process.env.PATH },
      ...(user ? { user } : {}),
      log: this.#log,
      hide: NOISE,
    });
    await this.#answering(this.#process);
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    if (this.#directory) rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = undefined;
  }

  async #answering(process: ManagedProcess): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT;
    while (!(await answersStun(this.#ports.port, ANSWER_TIMEOUT))) {
      if (!process.running) throw new Error(`coturn ended (${await process.exited})\n${process.lastLines()}`);
      if (performance.now() > deadline) throw new Error(`coturn does not answer\n${process.lastLines()}`);
      await sleep(30);
    }
  }
}
