import { SFU } from '../config.ts';

/** `delay` in milliseconds before the worker is started again; `quick`: short lives in a row before that. */
export type RestartState = { readonly quick: number; readonly delay: number };

/**
 * When to start a worker again that lived for `lifetime` milliseconds (0: it could not be started). At once
 * after a good life; after short ones ever later, so that one that cannot live does not spin.
 */
export function nextRestart(before: RestartState | null, lifetime: number): RestartState {
  const quick = lifetime >= SFU.workerGoodLife ? 0 : (before?.quick ?? -1) + 1;
  const delay = quick === 0 ? 0 : Math.min(SFU.workerRestartMax, SFU.workerRestartMin * 2 ** (quick - 1));
  return { quick, delay };
}
