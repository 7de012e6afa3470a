import type { Enrolment, FleetNode, FleetNodeList, FleetRegion, FleetRegionList } from '@meridian/protocol';
import { age, bitrate, percent } from './figures.ts';
import { facts, table } from './table.ts';

const UNKNOWN = '-';

export function regionsView({ items, unreachable }: FleetRegionList): string {
  const rows = table<FleetRegion>(
    [
      { title: 'REGION', of: ({ region }) => region },
      { title: 'UP', right: true, of: ({ nodes }) => String(nodes.up) },
      { title: 'FULL', right: true, of: ({ nodes }) => String(nodes.full) },
      { title: 'DRAINING', right: true, of: ({ nodes }) => String(nodes.draining) },
      { title: 'SUSPECT', right: true, of: ({ nodes }) => String(nodes.suspect) },
      { title: 'LOST', right: true, of: ({ nodes }) => String(nodes.lost) },
      { title: 'PEOPLE', right: true, of: ({ participants }) => String(participants) },
      { title: 'CAPACITY', right: true, of: ({ capacity }) => String(capacity) },
      { title: 'FREE', right: true, of: ({ free }) => String(free) },
    ],
    items,
  );
  return withUnreachable(rows, unreachable);
}

export function nodesView({ items, unreachable }: FleetNodeList, now: number): string {
  const rows = table<FleetNode>(
    [
      { title: 'NODE', of: ({ node }) => node.node_id },
      { title: 'REGION', of: ({ node }) => node.region },
      { title: 'VERDICT', of: ({ verdict }) => verdict },
      { title: 'FOR', right: true, of: ({ since }) => age(since, now) },
      {
        title: 'PEOPLE',
        right: true,
        of: ({ node, load }) => `${load?.participants ?? UNKNOWN}/${node.capacity}`,
      },
      { title: 'CPU', right: true, of: ({ load }) => (load ? percent(mean(load.cpu)) : UNKNOWN) },
      { title: 'OUT', right: true, of: ({ load }) => (load ? bitrate(load.bits_out_per_s) : UNKNOWN) },
      { title: 'VERSION', of: ({ node }) => node.version },
      { title: 'WHY', of: whyOf },
    ],
    items,
  );
  return withUnreachable(rows, unreachable);
}

export function nodeView(fleetNode: FleetNode, now: number): string {
  const { node, cell, verdict, since, desired, linked, heard_at, load, reserved } = fleetNode;
  const entries: [string, string][] = [
    ['node', node.node_id],
    ['region', `${node.region} (${node.location.latitude}, ${node.location.longitude}), cell ${cell}`],
    ['failure domain', node.failure_domain],
    ['verdict', `${verdict} for ${age(since, now)}`],
    ['why', whyOf(fleetNode) || UNKNOWN],
    ['desired', desired],
    ['cell link', `${linked ? 'up' : 'down'}, heard ${age(heard_at, now)} ago`],
    ['boot', node.boot_id],
    ['version', `${node.version} (capabilities ${node.caps_version})`],
    ['clients', node.url],
    ['nodes', node.relay_url],
    ['media', `${node.address}, port ${node.port}`],
    ['capacity', `${node.capacity} participants, ${bitrate(node.bits_capacity_per_s)}`],
    ['reserved', String(reserved)],
  ];
  if (load) {
    entries.push(
      ['people', `${load.participants} in ${load.meetings} meetings, standby for ${load.standbys}`],
      ['streams', `${load.producers} in, ${load.consumers} out`],
      ['traffic', `${bitrate(load.bits_in_per_s)} in, ${bitrate(load.bits_out_per_s)} out`],
      ['packets', `${Math.round(load.packets_per_s)} a second`],
      ['cpu', load.cpu.map(percent).join('  ') || UNKNOWN],
      ['event loop', `${load.loop_delay_ms.toFixed(1)} ms`],
    );
  }
  return facts(entries);
}

export function enrolmentView({ node_id, region, secret, expires_at }: Enrolment): string {
  return [
    `On the machine, before ${expires_at}, with NODE_ID=${node_id} and REGION=${region} in its environment:`,
    '',
    `  npx meridian-node enroll --secret ${secret}`,
    '',
    `or start the node with ENROLMENT_SECRET=${secret}`,
  ].join('\n');
}

function whyOf({ reasons, desired }: FleetNode): string {
  return [...(desired === 'drain' ? ['drain wanted'] : []), ...reasons]
    .map((reason) => reason.replaceAll('_', ' '))
    .join(', ');
}

function withUnreachable(text: string, unreachable: readonly string[]): string {
  if (unreachable.length === 0) return text;
  return `${text}\n\nno answer from: ${unreachable.join(', ')}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
