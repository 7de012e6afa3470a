import path from 'node:path';
import { Api } from '../../headless/api.ts';
import { prioritise } from '../cpu.ts';
import type { LoadHandlers } from '../media/load.ts';
import type { ServerName } from '../media/server-link.ts';
import { Remote } from '../remote.ts';
import { median, quantile } from '../statistics.ts';
import type { TransitHandlers } from './transit-probe.ts';

/** The load: as in bench:forward. */
const MEETINGS = 4;
const PER_MEETING = 8;
const ROUNDS = Number(process.env.ROUNDS ?? 12);
const ROUND_MS = 3_000;
/** Fraction of the probe's packets that have to arrive. */
const COMPLETE = 0.99;

/** How long RTP takes from one participant to another on a node that serves some thirty others. */
export async function measureTransit(origin: string, node: number): Promise<Record<string, number>> {
  const api = new Api(origin);
  const create = async () => (await api.createMeeting()).code;
  const meetings = [];
  for (let i = 0; i < MEETINGS; i++) meetings.push(await create());
  const server: ServerName = { kind: 'meridian', origin, meetings };
  const load = new Remote<LoadHandlers>(path.join(import.meta.dirname, '..', 'media', 'load.ts'), [
    JSON.stringify(server),
  ]);
  const probe = new Remote<TransitHandlers>(path.join(import.meta.dirname, 'transit-probe.ts'));
  try {
    prioritise({ measured: [node, probe.pid], load: [process.pid] });
    const { packetsPerSecond } = await load.call('open', PER_MEETING);
    await probe.call('open', { origin, meeting: await create() });
    await load.call('flow', true);
    await load.call('churn', true);
    // Streams that start need a moment until the upper layer is forwarded.
    await probe.call('run', ROUND_MS);
    const before = await load.call('received', undefined);
    const startedAt = performance.now();
    const rounds: { node: number[]; direct: number[] }[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const { node, direct, sent } = await probe.call('run', ROUND_MS);
      const complete = { node: node.length / sent.node, direct: direct.length / sent.direct };
      if (complete.node < COMPLETE || complete.direct < COMPLETE) {
        throw new Error(`packets are missing: ${JSON.stringify(complete)}`);
      }
      const p = (values: number[]) => [0.5, 0.99].map((at) => quantile(values, at).toFixed(2)).join('/');
      console.log(`  transit p50/p99: ${p(node)} ms through the node, ${p(direct)} ms past it`);
      rounds.push({ node, direct });
    }
    const after = await load.call('received', undefined);
    const rate = ((after.packets - before.packets) * 1_000) / (performance.now() - startedAt);
    console.log(`  beside ${rate.toFixed(0)} of ${packetsPerSecond} packets a second`);
    await load.call('churn', false);
    const over = (path: 'node' | 'direct', p: number) =>
      median(rounds.map((round) => quantile(round[path], p)));
    return {
      node_transit_p99_ms: over('node', 0.99),
      node_transit_p50_ms: over('node', 0.5),
      direct_p99_ms: over('direct', 0.99),
      direct_p50_ms: over('direct', 0.5),
      load_packets_per_s: rate,
    };
  } finally {
    load.close();
    probe.close();
  }
}
