import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';

/**
 * Functions in a process of their own, called over the channel of a fork: load generators must not share an event
 * loop with what measures. One argument each; arguments and results have to survive structured cloning.
 */
export type Handlers = Record<string, (argument: never) => unknown>;

type Call = { id: number; name: string; argument: unknown };
type Reply = { id: number; ok: true; result: unknown } | { id: number; ok: false; error: string };

/** In the child: answers calls until the parent is gone. */
export function serve(handlers: { [name: string]: (argument: never) => unknown }): void {
  process.on('message', (call: Call & { argument: never }) => {
    const answer = (reply: Reply) => process.send?.(reply);
    Promise.resolve()
      .then(() => {
        const handler = handlers[call.name];
        if (!handler) throw new Error(`there is no ${call.name}`);
        return handler(call.argument);
      })
      .then(
        (result) => answer({ id: call.id, ok: true, result }),
        (error: unknown) =>
          answer({
            id: call.id,
            ok: false,
            error: error instanceof Error ? (error.stack ?? error.message) : String(error),
          }),
      );
  });
  process.on('disconnect', () => process.exit(0));
}

/** In the parent: the child, by the type of its handlers. */
export class Remote<H extends Handlers> {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #pending = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: Error) => void }
  >();
  #nextId = 0;
  #gone: Error | null = null;

  constructor(
    script: string,
    args: readonly string[] = [],
    options: Pick<ForkOptions, 'env' | 'execArgv'> = {},
  ) {
    // A session of its own: where time is shared out between sessions, it would get a part of a part of it.
    this.#child = fork(script, args, {
      ...options,
      serialization: 'advanced',
      stdio: 'inherit',
      detached: true,
    });
    this.pid = this.#child.pid ?? 0;
    this.#child.on('message', (reply: Reply) => {
      const waiting = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if (reply.ok) waiting?.resolve(reply.result);
      else waiting?.reject(new Error(`${script}: ${reply.error}`));
    });
    this.#child.on('exit', (code, signal) => {
      this.#gone = new Error(`${script} has ended (${signal ?? code})`);
      for (const { reject } of this.#pending.values()) reject(this.#gone);
      this.#pending.clear();
    });
  }

  call<K extends keyof H & string>(
    name: K,
    argument: Parameters<H[K]>[0],
  ): Promise<Awaited<ReturnType<H[K]>>> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#gone) throw this.#gone;
      // What comes back was typed where the handlers are; the channel between is ours.
      this.#pending.set(id, { resolve: (result) => resolve(result as Awaited<ReturnType<H[K]>>), reject });
      this.#child.send({ id, name, argument } satisfies Call);
    });
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }
}
