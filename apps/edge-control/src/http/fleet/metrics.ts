import type { FleetRegion } from '@meridian/protocol';

type Sample = { labels: Record<string, string>; value: number };

/** The fleet as its cells see it, in the text format of Prometheus: what no single node can say of itself. */
export function fleetMetrics(regions: readonly FleetRegion[], unreachable: readonly string[]): string {
  const each = (of: (region: FleetRegion) => number): Sample[] =>
    regions.map((region) => ({ labels: { region: region.region }, value: of(region) }));
  const byVerdict = regions.flatMap(({ region, nodes }) =>
    Object.entries(nodes).map(([verdict, value]) => ({ labels: { region, verdict }, value })),
  );
  return [
    gauge('nodes', 'Nodes by verdict', byVerdict),
    gauge(
      'participants',
      'Participants on nodes that are not lost',
      each(({ participants }) => participants),
    ),
    gauge(
      'capacity',
      'Participants those nodes take at most',
      each(({ capacity }) => capacity),
    ),
    gauge(
      'free',
      'Participants who would get a place now',
      each(({ free }) => free),
    ),
    gauge('cells_unreachable', 'Cells that did not answer', [{ labels: {}, value: unreachable.length }]),
  ].join('');
}

/** Label values are names of regions and verdicts: nothing in them has to be escaped. */
function gauge(name: string, help: string, samples: readonly Sample[]): string {
  const full = `meridian_fleet_${name}`;
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    return `${full}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
  });
  return [`# HELP ${full} ${help}`, `# TYPE ${full} gauge`, ...lines, ''].join('\n');
}
