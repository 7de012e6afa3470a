import type { Region } from '../../scripts/stack/defaults.ts';

/** Where things are on the one machine and, as far as anybody can tell, in the world. */

export type FleetRegion = Region & { readonly continent: string };

export const FLEET_REGIONS = [
  { id: 'eu-west', city: 'Amsterdam', continent: 'EU', latitude: 52.37, longitude: 4.9 },
  { id: 'us-east', city: 'Ashburn', continent: 'NA', latitude: 39.04, longitude: -77.49 },
  { id: 'ap-southeast', city: 'Singapore', continent: 'AS', latitude: 1.35, longitude: 103.82 },
] as const satisfies readonly FleetRegion[];

export type FleetRegionId = (typeof FLEET_REGIONS)[number]['id'];

/** Milliseconds from end to end, one way: about what the sea cables do. */
const DISTANCES: Readonly<Record<string, number>> = {
  'eu-west>us-east': 40,
  'eu-west>ap-southeast': 80,
  'us-east>ap-southeast': 105,
};
/** Within a region: between nodes, and from people to what is near them. */
const BETWEEN_NODES = 1;
const LAST_MILE = { delayMs: 8, jitterMs: 2 } as const;

/** Where the control plane's objects are: near the first who came. */
const CONTROL_REGION = 'eu-west';

export const CONTROL = 'control';

/** The host that stands for all people of a region: they share an address, as behind one NAT. */
export function peopleOf(region: string): string {
  return `people-${region}`;
}

/** The host that stands for all who have a browser, wherever the edge takes them to be. */
export const PEOPLE_WITH_BROWSERS = peopleOf('with-browsers');

export type FleetHost = { readonly name: string; readonly region: string };

/** What a path is like when nothing is wrong. */
export function normalConditions(from: FleetHost, to: FleetHost): { delayMs: number; jitterMs: number } {
  const [a, b] = [regionOf(from), regionOf(to)];
  const far = a === b ? BETWEEN_NODES : (DISTANCES[`${a}>${b}`] ?? DISTANCES[`${b}>${a}`] ?? 0);
  const people = [from, to].filter(({ name }) => name.startsWith('people-')).length;
  return { delayMs: far + people * LAST_MILE.delayMs, jitterMs: people * LAST_MILE.jitterMs };
}

function regionOf({ name, region }: FleetHost): string {
  return name === CONTROL ? CONTROL_REGION : region;
}

/** The addresses of one fleet; `number` tells it from others on this machine. */
export class AddressPlan {
  readonly #number: number;

  constructor(number: number) {
    this.#number = number;
  }

  /** What a node listens on and sends from. */
  node(region: number, node: number): string {
    return `127.${this.#number}.${region + 1}.${node + 1}`;
  }

  /** What everybody else takes for the node's. */
  publicNode(region: number, node: number): string {
    return `127.${this.#number}.${region + 101}.${node + 1}`;
  }

  people(region: number): string {
    return `127.${this.#number}.200.${region + 1}`;
  }

  get control(): string {
    return `127.${this.#number}.100.1`;
  }

  /** Whoever has this one has the whole plan. */
  get claim(): string {
    return `127.${this.#number}.0.1`;
  }
}
