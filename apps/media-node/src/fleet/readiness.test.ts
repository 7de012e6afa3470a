import { expect, test } from 'vitest';
import { READINESS } from '../config.ts';
import { reasonsNotReady, type Vitals } from './readiness.ts';

const WELL: Vitals = { workers: 4, workersWanted: 4, cellDownFor: 0, draining: false, loopDelay: 1 };

test.each<[string, Partial<Vitals>, string[]]>([
  ['all is well', {}, []],
  ['draining', { draining: true }, ['draining']],
  ['never registered', { cellDownFor: null }, ['cell_link_down']],
  ['the cell blinks', { cellDownFor: READINESS.cellGrace }, []],
  ['the cell is gone', { cellDownFor: READINESS.cellGrace + 1 }, ['cell_link_down']],
  ['one worker is gone', { workers: 3 }, []],
  ['most workers are gone', { workers: 1 }, ['workers_down']],
  ['the only worker is gone', { workers: 0, workersWanted: 1 }, ['workers_down']],
  ['the event loop is slow', { loopDelay: READINESS.maxLoopDelay + 1 }, ['event_loop_slow']],
  ['everything at once', { draining: true, workers: 0 }, ['draining', 'workers_down']],
])('%s', (_what, change, reasons) => {
  expect(reasonsNotReady({ ...WELL, ...change })).toEqual(reasons);
});
