import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';

type Place = { address: string; port: number };

export type DelayCommand =
  | {
      id: number;
      do: 'open';
      protocol: 'tcp' | 'udp';
      /** Name of the stretch of network; proxies of one name share their delay. */
      path: string;
      listen: Place;
      target: Place;
      oneWayMs: number;
      handshakes: number;
    }
  | { id: number; do: 'delay'; path: string; oneWayMs: number };

export type DelayReply = { id: number; ok: true } | { id: number; ok: false; error: string };

type WithoutId<C> = C extends { id: number } ? Omit<C, 'id'> : never;

/** Delay proxies in a process of their own. */
export class DelayNetwork {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #nextId = 0;

  constructor() {
    this.#child = fork(path.join(import.meta.dirname, 'delay-process.ts'), { stdio: 'inherit' });
    this.#child.on('message', (reply: DelayReply) => {
      const waiting = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if (reply.ok) waiting?.resolve();
      else waiting?.reject(new Error(reply.error));
    });
    this.#child.on('exit', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('the delay process has ended'));
      this.#pending.clear();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  open(proxy: {
    protocol: 'tcp' | 'udp';
    path: string;
    listen: Place;
    target: Place;
    oneWayMs: number;
    handshakes: number;
  }): Promise<void> {
    return this.#ask({ do: 'open', ...proxy });
  }

  setDelay(path: string, oneWayMs: number): Promise<void> {
    return this.#ask({ do: 'delay', path, oneWayMs });
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }

  #ask(command: WithoutId<DelayCommand>): Promise<void> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#child.send({ ...command, id });
    });
  }
}
