import { NearbyRegions } from '@meridian/protocol';
import { PROBE } from './config.ts';
import { call, type RestOptions } from './rest.ts';

/**
 * How far away the regions near here are by the network, in milliseconds by region, for `JoinOptions.roundTrips`. Takes up
 * to some seconds, and is meant to begin before anybody clicks: `onMeasured` hears each time what is known so far, which
 * is as good to join with. Never rejects: what could not be measured is left out, so that it may be empty.
 */
export async function measureRoundTrips(
  options: RestOptions = {},
  onMeasured: (soFar: Readonly<Record<string, number>>) => void = () => {},
): Promise<Record<string, number>> {
  const whole = bounded(PROBE.wholeMs, options.signal);
  const measured: Record<string, number> = {};
  try {
    const near = await call(NearbyRegions, 'GET', '/regions', { ...options, signal: whole.signal });
    const send = options.fetch ?? fetch;
    const measureOne = async ({ region, probe_url }: NearbyRegions['regions'][number]) => {
      const ms = await leastOf(PROBE.samples, () => timeOf(send, probe_url, whole.signal));
      if (ms === null) return;
      measured[region] = Math.round(ms);
      onMeasured({ ...measured });
    };
    await Promise.all(near.regions.map(measureOne));
  } catch {
    // Nobody says where to measure.
  } finally {
    whole.end();
  }
  return measured;
}

/** After one that does not count, as it opens the connection. Null when none came of it. */
async function leastOf(samples: number, measure: () => Promise<number>): Promise<number | null> {
  let least: number | null = null;
  try {
    await measure();
    for (let left = samples; left > 0; left--) {
      const ms = await measure();
      least = least === null ? ms : Math.min(least, ms);
    }
  } catch {
    // What was measured before holds.
  }
  return least;
}

/** Of a request that tells the node nothing of who asks. Milliseconds. */
async function timeOf(send: typeof fetch, url: string, signal: AbortSignal): Promise<number> {
  const request = bounded(PROBE.requestMs, signal);
  const startedAt = performance.now();
  try {
    const response = await send(url, {
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: request.signal,
    });
    const ms = performance.now() - startedAt;
    // Read, so that the next request gets the same connection.
    await response.text();
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return ms;
  } finally {
    request.end();
  }
}

/** A signal that aborts after so long, or with the other; to be ended, so that no timer stays. */
function bounded(ms: number, other?: AbortSignal): { signal: AbortSignal; end: () => void } {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), ms);
  const signal = other ? AbortSignal.any([other, timeout.signal]) : timeout.signal;
  return { signal, end: () => clearTimeout(timer) };
}
