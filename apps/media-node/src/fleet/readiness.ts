import { READINESS } from '../config.ts';

export type Vitals = {
  workers: number;
  workersWanted: number;
  /** Milliseconds since the cell link was last up, 0 while it is; null when it never was. */
  cellDownFor: number | null;
  draining: boolean;
  /** 99th percentile, milliseconds. */
  loopDelay: number;
};

export type NotReady = 'draining' | 'cell_link_down' | 'workers_down' | 'event_loop_slow';

/** Why a node should be sent nobody; empty when it can take people. */
export function reasonsNotReady(vitals: Vitals): NotReady[] {
  const { workers, workersWanted, cellDownFor, draining, loopDelay } = vitals;
  const reasons: NotReady[] = [];
  if (draining) reasons.push('draining');
  if (cellDownFor === null || cellDownFor > READINESS.cellGrace) reasons.push('cell_link_down');
  // One that died is back in a moment, and placement knows the others.
  if (2 * workers < workersWanted) reasons.push('workers_down');
  if (loopDelay > READINESS.maxLoopDelay) reasons.push('event_loop_slow');
  return reasons;
}
