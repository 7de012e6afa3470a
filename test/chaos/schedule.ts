import type { FleetRegionId } from '../fleet/places.ts';
import { between, seeded } from '../random.ts';

/** What goes wrong. Milliseconds: `forMs` until it is right again, `at` since the round began. */
export type Fault =
  | { readonly kind: 'node_killed' | 'node_drained'; readonly node: string; readonly forMs: number }
  | { readonly kind: 'node_frozen'; readonly node: string; readonly forMs: number }
  | { readonly kind: 'worker_killed'; readonly node: string }
  | { readonly kind: 'control_redeployed' }
  /** It hangs before it dies. */
  | { readonly kind: 'control_crashed'; readonly forMs: number }
  | { readonly kind: 'database_stopped'; readonly forMs: number }
  | { readonly kind: 'path_cut'; readonly a: string; readonly b: string; readonly forMs: number }
  | {
      readonly kind: 'path_bad';
      readonly a: string;
      readonly b: string;
      readonly loss: number;
      readonly delayMs: number;
      readonly jitterMs: number;
      readonly forMs: number;
    }
  | {
      readonly kind: 'path_narrow';
      readonly a: string;
      readonly b: string;
      readonly rateKbps: number;
      readonly forMs: number;
    }
  | { readonly kind: 'connections_reset'; readonly host: string }
  | { readonly kind: 'address_changed'; readonly people: string };

/** What people do. */
export type Deed =
  | { readonly kind: 'comes'; readonly region: FleetRegionId }
  | { readonly kind: 'goes' }
  | { readonly kind: 'mutes' }
  | { readonly kind: 'unmutes' }
  | { readonly kind: 'says' };

export type Round = {
  readonly faults: readonly (Fault & { readonly at: number })[];
  readonly deeds: readonly (Deed & { readonly at: number })[];
};

/** What there is to break. */
export type Field = {
  readonly nodes: readonly string[];
  readonly regions: readonly FleetRegionId[];
  readonly control: string;
  /** The host that stands for the people of a region. */
  readonly peopleOf: (region: string) => string;
  /** The host of those with a browser, who alone can restart ICE. */
  readonly browsers: string;
};

/** Faults of one round begin within this, milliseconds, and overlap. */
const SPREAD = 3_000;
const LENGTH = { min: 500, max: 5_000 };

/**
 * Trouble without end, round after round, the same for the same seed. In one round at most one node, one fault of the
 * control plane and one of the database: what may fail together without anybody being lost.
 */
export function* rounds(seed: number, field: Field): Generator<Round, never> {
  const random = seeded(seed);
  const pick = <T>(from: readonly T[]): T => {
    const chosen = from[between(random, 0, from.length - 1)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  };
  const length = () => between(random, LENGTH.min, LENGTH.max);
  const at = () => between(random, 0, SPREAD);

  const node = (): Fault => {
    const name = pick(field.nodes);
    switch (between(random, 0, 3)) {
      case 0:
        return { kind: 'node_killed', node: name, forMs: length() };
      case 1:
        return { kind: 'node_drained', node: name, forMs: length() };
      case 2:
        return { kind: 'node_frozen', node: name, forMs: length() };
      default:
        return { kind: 'worker_killed', node: name };
    }
  };
  const control = (): Fault => {
    switch (between(random, 0, 3)) {
      case 0:
        return { kind: 'control_redeployed' };
      case 1:
        return { kind: 'control_crashed', forMs: length() };
      case 2:
        return { kind: 'path_cut', a: field.control, b: pick(field.regions), forMs: length() };
      default:
        return { kind: 'connections_reset', host: field.control };
    }
  };
  const ends = () => {
    const a = pick(field.regions);
    const others = field.regions.filter((region) => region !== a);
    // The last mile, or the sea.
    return random() < 0.4 ? { a: field.peopleOf(a), b: pick(field.nodes) } : { a, b: pick(others) };
  };
  const network = (): Fault => {
    switch (between(random, 0, 4)) {
      case 0:
        return { kind: 'path_cut', ...ends(), forMs: length() };
      case 1:
        return { kind: 'path_narrow', ...ends(), rateKbps: between(random, 200, 1_500), forMs: length() };
      case 2:
        return { kind: 'connections_reset', host: pick(field.nodes) };
      case 3:
        return { kind: 'address_changed', people: field.browsers };
      default:
        return {
          kind: 'path_bad',
          ...ends(),
          loss: between(random, 1, 20) / 100,
          delayMs: between(random, 0, 200),
          jitterMs: between(random, 0, 60),
          forMs: length(),
        };
    }
  };
  const database = (): Fault => ({ kind: 'database_stopped', forMs: length() });
  const deed = (): Deed => {
    const choice = random();
    if (choice < 0.5) return { kind: 'says' };
    if (choice < 0.65) return { kind: 'mutes' };
    if (choice < 0.8) return { kind: 'unmutes' };
    return choice < 0.9 ? { kind: 'comes', region: pick(field.regions) } : { kind: 'goes' };
  };

  for (;;) {
    const faults: Fault[] = [];
    if (random() < 0.6) faults.push(node());
    if (random() < 0.35) faults.push(control());
    if (random() < 0.15) faults.push(database());
    if (faults.length === 0 || random() < 0.5) faults.push(network());
    yield {
      faults: faults.map((fault) => ({ ...fault, at: at() })),
      deeds: Array.from({ length: between(random, 1, 4) }, () => ({ ...deed(), at: at() })),
    };
  }
}
