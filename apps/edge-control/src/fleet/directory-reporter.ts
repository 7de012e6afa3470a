import { CONFIG } from '../config.ts';
import type { FleetEnv } from '../env.ts';
import { log } from '../log.ts';
import { within } from '../timeout.ts';
import type { CellReport } from './contract.ts';
import { DIRECTORY_NAME } from './names.ts';

/** Tells the directory at once what changes placement, and everything else at an interval. */
export class DirectoryReporter {
  readonly #env: Pick<FleetEnv, 'DIRECTORY'>;
  readonly #waitUntil: (work: Promise<unknown>) => void;
  /** What is to be told; undefined while no node has ever registered. */
  readonly #report: (now: number) => CellReport | undefined;
  #last: { at: number; nodes_up: number; full: boolean } | undefined;
  #reporting = false;
  #wanted = false;

  constructor(
    env: Pick<FleetEnv, 'DIRECTORY'>,
    waitUntil: (work: Promise<unknown>) => void,
    report: (now: number) => CellReport | undefined,
  ) {
    this.#env = env;
    this.#waitUntil = waitUntil;
    this.#report = report;
  }

  /** Something may have changed. */
  update(now: number): void {
    const report = this.#report(now);
    if (!report) return;
    const last = this.#last;
    const full = report.free === 0;
    const due = !last || now - last.at >= CONFIG.cell.reportEveryMs;
    if (!due && last.nodes_up === report.nodes_up && last.full === full) return;
    this.#last = { at: now, nodes_up: report.nodes_up, full };
    this.#wanted = true;
    if (!this.#reporting) this.#waitUntil(this.#send());
  }

  /** One report on the way at a time; what changes meanwhile goes into the next. */
  async #send(): Promise<void> {
    this.#reporting = true;
    try {
      while (this.#wanted) {
        this.#wanted = false;
        const report = this.#report(Date.now());
        if (!report) return;
        const directory = this.#env.DIRECTORY.getByName(DIRECTORY_NAME);
        await within(directory.report(report), CONFIG.cell.reportTimeoutMs, 'the fleet directory');
      }
    } catch (error) {
      // The next heartbeat reports again.
      log('warn', 'report to the directory failed', { error });
    } finally {
      this.#reporting = false;
    }
  }
}
