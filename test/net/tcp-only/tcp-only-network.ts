import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CHROMIUM } from '../../../scripts/browser/chromium.ts';
import type { Launcher } from '../../browser/participant.ts';
import { join } from './join.ts';

/**
 * A network behind a firewall that blocks UDP and all but a few TCP ports: a network namespace from which no
 * interface leads outside. Connections to the ports are carried out of it over a Unix socket. Takes root, or a system
 * that lets everybody have user namespaces, as Debian does.
 */
export class TcpOnlyNetwork {
  /** How the program is started in it. */
  readonly launcher: Launcher;
  readonly #gate: Server;
  readonly #directory: string;
  readonly #connections = new Set<Socket>();
  readonly #allowed: ReadonlySet<number>;

  private constructor(ports: readonly number[], program: string, directory: string) {
    this.#allowed = new Set(ports);
    this.#directory = directory;
    this.#gate = createServer({ noDelay: true, allowHalfOpen: true }, (inside) => this.#carry(inside));
    this.launcher = {
      program: path.join(import.meta.dirname, 'launch.sh'),
      env: {
        MERIDIAN_PROGRAM: program,
        MERIDIAN_NODE: process.execPath,
        MERIDIAN_GATE: this.#socket,
        MERIDIAN_GATE_PORTS: ports.join(','),
      },
    };
  }

  /** With a way to these TCP ports on 127.0.0.1, for a browser unless another program is named. */
  static async open(ports: readonly number[], program = CHROMIUM): Promise<TcpOnlyNetwork> {
    const network = new TcpOnlyNetwork(ports, program, mkdtempSync(path.join(tmpdir(), 'meridian-gate-')));
    await new Promise<void>((resolve, reject) => {
      network.#gate.once('error', reject);
      network.#gate.listen(network.#socket, resolve);
    });
    return network;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#gate.close(resolve));
    for (const connection of this.#connections) connection.destroy();
    await closed;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #socket(): string {
    return path.join(this.#directory, 'gate');
  }

  /** The first line says which port; everything after it is the connection's. */
  #carry(inside: Socket): void {
    this.#connections.add(inside);
    inside.on('close', () => this.#connections.delete(inside));
    inside.on('error', () => inside.destroy());
    inside.once('data', (first) => {
      const end = first.indexOf('\n');
      const port = Number(first.subarray(0, end).toString());
      if (end < 0 || !this.#allowed.has(port)) {
        inside.destroy();
        return;
      }
      const outside = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
      outside.write(first.subarray(end + 1));
      join(inside, outside);
    });
  }
}
