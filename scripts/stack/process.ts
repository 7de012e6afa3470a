import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './logs.ts';
import { standBack } from './niceness.ts';

export type ProcessSpec = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Another user to run as; only root can. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly log: Logger;
  /** Lines that would only be noise in the log. They are still kept for error messages. */
  readonly hide?: RegExp;
  readonly stopSignal?: NodeJS.Signals;
  /** Milliseconds between asking to stop and SIGKILL. */
  readonly grace?: number;
  /** How much it, and what it starts, stands back for others (nice(1)); 0 unless said. */
  readonly niceness?: number;
};

const LINES_KEPT = 30;
const DEFAULT_GRACE = 1_200;
const SETPRIV = '/usr/bin/setpriv';

/**
 * A component of the stack. It leads a process group of its own: a Ctrl-C at the terminal reaches only us, who
 * stop things in order, and whatever the component started goes with it.
 */
export class ManagedProcess {
  readonly name: string;
  /** Resolves when it is gone, with how it went: an exit code or the name of a signal. */
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  readonly #spec: ProcessSpec;
  readonly #lines: string[] = [];
  #gone = false;
  #stopping = false;

  constructor(spec: ProcessSpec) {
    this.#spec = spec;
    this.name = spec.name;
    const [command, args] = withParentDeathSignal(spec);
    this.#child = spawn(command, args, {
      cwd: spec.cwd,
      env: { ...(spec.env ?? process.env) },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...spec.user,
    });
    if (spec.niceness !== undefined && this.#child.pid !== undefined) {
      standBack(this.#child.pid, spec.niceness);
    }
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#take(line));
    }
    this.exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#take(error.message);
        this.#gone = true;
        resolve(error.message);
      });
      this.#child.once('exit', (code, signal) => {
        this.#gone = true;
        resolve(signal ?? `exit code ${code}`);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get running(): boolean {
    return !this.#gone;
  }

  /** Whether we asked it to go, or it went by itself. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** The command lines of what runs in its group, itself included, by process id. */
  members(): Map<number, string> {
    const members = new Map<number, string>();
    for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
      try {
        // After the name in parentheses, which may contain anything: state, parent, group (proc(5)).
        const [, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
        if (Number(group) === this.#child.pid) members.set(pid, readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {
        // It has ended meanwhile.
      }
    }
    return members;
  }

  /** The end of its output, for an error message. */
  lastLines(): string {
    return this.#lines.map((line) => `  ${this.name} | ${line}`).join('\n');
  }

  /** Sends a signal to the component and all it started. */
  kill(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // Nobody is left in the group.
    }
  }

  /** Asks, waits for the grace period, and then insists. Resolves when nothing of it is left. */
  async stop(grace = this.#spec.grace ?? DEFAULT_GRACE): Promise<void> {
    this.#stopping = true;
    if (this.#child.pid === undefined) return;
    // Only the leader: how the rest of its group ends in order is for it to say.
    this.#child.kill(this.#spec.stopSignal ?? 'SIGTERM');
    const patience = new AbortController();
    const late = sleep(grace, undefined, { signal: patience.signal });
    await Promise.race([this.exited, late.catch(() => {})]);
    patience.abort();
    // Also when it went by itself: a child of its may not have.
    this.kill('SIGKILL');
    await this.exited;
  }

  /** Crashes it, with everything it started. */
  async crash(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#stopping = true;
    this.kill(signal);
    await this.exited;
  }

  #take(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT) this.#lines.shift();
    if (!this.#spec.hide?.test(line)) this.#spec.log(this.name, line);
  }
}

/**
 * Has the kernel stop the component when we die without a chance to do so ourselves (kill -9, a crash). A test
 * run that is killed would otherwise leave databases and Workers behind, on ports that the next one wants.
 */
function withParentDeathSignal(spec: ProcessSpec): [string, string[]] {
  if (!existsSync(SETPRIV)) return [spec.command, [...spec.args]];
  const signal = (spec.stopSignal ?? 'SIGTERM').replace(/^SIG/, '');
  return [SETPRIV, ['--pdeathsig', signal, '--', spec.command, ...spec.args]];
}

/** Runs a command to its end; its output is shown only if it fails. */
export async function runToEnd(spec: ProcessSpec): Promise<void> {
  const process = new ManagedProcess(spec);
  const outcome = await process.exited;
  if (outcome !== 'exit code 0') throw new Error(`${spec.name}: ${outcome}\n${process.lastLines()}`);
}
