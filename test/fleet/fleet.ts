import dgram from 'node:dgram';
import type { Allocation, NodePorts } from '../../scripts/stack/allocation.ts';
import type { Environment, MediaNode } from '../../scripts/stack/media-node.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { type NodePlace, type Stack, type StackOptions, startStack } from '../../scripts/stack/stack.ts';
import { OUTGOING_ADDRESS } from './machine.ts';
import type { Conditions } from './network/conditions.ts';
import { type Change, type Ends, type Host, Network } from './network/network.ts';
import {
  AddressPlan,
  CONTROL,
  FLEET_REGIONS,
  type FleetRegionId,
  normalConditions,
  PEOPLE_WITH_BROWSERS,
  peopleOf,
} from './places.ts';

export type FleetOptions = {
  /** Where there are nodes: everywhere unless said otherwise. */
  readonly regions?: readonly FleetRegionId[];
  /** How many in each; two unless said otherwise. */
  readonly nodesPerRegion?: number;
  readonly seed?: number;
  readonly nodeEnv?: Environment;
  readonly stack?: Omit<StackOptions, 'nodes' | 'regions' | 'ports' | 'prepare' | 'nodeEnv'>;
};

/**
 * Starting the control plane anew takes two cores for ten seconds, bundling its scripts. In the world that is not done by
 * the machines that media is on.
 */
const EDGE_NICENESS = 5;
/** Nobody needs it: it is bound to say that an address plan is taken. */
const CLAIM_PORT = 20_017;
/** What browsers and tests send from: they are in the first region, as far as the network goes. */
const BROWSERS = '127.0.0.1';
const PLANS = { first: 20, last: 250 };

/**
 * A worldwide fleet on one machine: nodes in three regions, each a machine with an address of its own, a control
 * plane, and between all of them, and towards people, a network that can be disturbed.
 */
export class Fleet {
  readonly stack: Stack;
  readonly network: Network;
  /** Where people reach the platform, through the network. */
  readonly url: string;
  readonly #plan: AddressPlan;
  readonly #claim: dgram.Socket;
  readonly #hosts: readonly Host[];
  /** By public address. */
  readonly #nodeIds: ReadonlyMap<string, string>;

  static async start({
    regions = FLEET_REGIONS.map(({ id }) => id),
    nodesPerRegion = 2,
    seed = 1,
    nodeEnv = {},
    stack = {},
  }: FleetOptions = {}): Promise<Fleet> {
    const { plan, claim } = await claimPlan();
    const nodes = FLEET_REGIONS.flatMap((region, r) =>
      Array.from({ length: regions.includes(region.id) ? nodesPerRegion : 0 }, (_, n) => ({
        id: `${region.id}-${n + 1}`,
        region,
        address: plan.node(r, n),
        publicAddress: plan.publicNode(r, n),
      })),
    );
    const hosts: Host[] = [
      { name: CONTROL, region: CONTROL, addresses: [] },
      ...nodes.map(({ id, region, address }) => ({ name: id, region: region.id, addresses: [address] })),
      ...FLEET_REGIONS.map(({ id }, r) => ({ name: peopleOf(id), region: id, addresses: [plan.people(r)] })),
      { name: PEOPLE_WITH_BROWSERS, region: FLEET_REGIONS[0].id, addresses: [BROWSERS] },
    ];
    const network = await Network.start({ hosts, elsewhere: PEOPLE_WITH_BROWSERS, seed });
    try {
      const controlPort = await freePort();
      const url = `http://${plan.control}:${controlPort}`;
      const running = await startStack({
        ...stack,
        ports: 'free',
        edgeNiceness: EDGE_NICENESS,
        edgeEnv: { ...stack.edgeEnv, PUBLIC_ORIGIN: url },
        nodes: nodes.map(
          ({ publicAddress, ...node }): NodePlace => ({
            ...node,
            env: (ports) => ({ ...machine(node.address, publicAddress, ports, url), ...nodeEnv }),
          }),
        ),
        prepare: async (ports) => {
          await network.apply(changes(hosts, hosts, {}));
          const control = { address: plan.control, port: controlPort };
          await network.open('tcp', CONTROL, control, { address: '127.0.0.1', port: ports.web });
          for (const [index, node] of nodes.entries()) await openNode(network, node, ports, index);
        },
      });
      const nodeIds = new Map(nodes.map(({ id, publicAddress }) => [publicAddress, id]));
      return new Fleet({ stack: running, network, url, plan, claim, hosts, nodeIds });
    } catch (error) {
      network.close();
      claim.close();
      throw error;
    }
  }

  private constructor(parts: {
    stack: Stack;
    network: Network;
    url: string;
    plan: AddressPlan;
    claim: dgram.Socket;
    hosts: readonly Host[];
    nodeIds: ReadonlyMap<string, string>;
  }) {
    this.stack = parts.stack;
    this.network = parts.network;
    this.url = parts.url;
    this.#plan = parts.plan;
    this.#claim = parts.claim;
    this.#hosts = parts.hosts;
    this.#nodeIds = parts.nodeIds;
  }

  get nodes(): readonly MediaNode[] {
    return this.stack.nodes;
  }

  node(id: string): MediaNode {
    const node = this.nodes.find((one) => one.id === id);
    if (!node) throw new Error(`there is no node ${id}`);
    return node;
  }

  nodesIn(region: FleetRegionId): readonly MediaNode[] {
    return this.nodes.filter((node) => node.region.id === region);
  }

  /** Whose media socket this is. */
  nodeOfUrl(url: string): string {
    const id = this.#nodeIds.get(new URL(url).hostname);
    if (id === undefined) throw new Error(`no node is at ${url}`);
    return id;
  }

  /** What people of a region send from. */
  addressOfPeople(region: FleetRegionId): string {
    return this.#plan.people(FLEET_REGIONS.findIndex(({ id }) => id === region));
  }

  /** Worse than normal, in both directions, by hosts or regions. */
  async impair(a: Ends, b: Ends, conditions: Partial<Conditions>): Promise<void> {
    await this.network.apply(changes(this.#meant(a), this.#meant(b), conditions));
  }

  async cut(a: Ends, b: Ends): Promise<void> {
    await this.impair(a, b, { cut: true });
  }

  /** Normal again, everywhere. */
  async heal(): Promise<void> {
    await this.network.apply(changes(this.#hosts, this.#hosts, {}));
  }

  async close(): Promise<void> {
    await this.stack.close();
    this.network.close();
    this.#claim.close();
  }

  #meant(ends: Ends): Host[] {
    const names = new Set(this.network.names(ends));
    return this.#hosts.filter(({ name }) => names.has(name));
  }
}

/** Every direction between one of `a` and one of `b`, as it normally is and so much worse. */
function changes(a: readonly Host[], b: readonly Host[], worse: Partial<Conditions>): Change[] {
  return a.flatMap((one) =>
    b
      .filter((other) => other !== one)
      .flatMap((other) => [change(one, other, worse), change(other, one, worse)]),
  );
}

function change(from: Host, to: Host, worse: Partial<Conditions>): Change {
  const { delayMs, jitterMs } = normalConditions(from, to);
  const conditions = {
    ...worse,
    delayMs: delayMs + (worse.delayMs ?? 0),
    jitterMs: jitterMs + (worse.jitterMs ?? 0),
  };
  return { from: from.name, to: to.name, conditions };
}

/** What makes a node's process look like a machine of its own, reached through its doors. */
function machine(address: string, publicAddress: string, ports: NodePorts, controlUrl: string): Environment {
  return {
    NODE_OPTIONS: `--import=${OUTGOING_ADDRESS}`,
    OUTGOING_ADDRESS: address,
    CONTROL_URL: controlUrl,
    PUBLIC_URL: `ws://${publicAddress}:${ports.port}`,
    ANNOUNCED_ADDRESS: publicAddress,
    RELAY_ANNOUNCED_ADDRESS: publicAddress,
  };
}

async function openNode(
  network: Network,
  { id, address, publicAddress }: { id: string; address: string; publicAddress: string },
  { nodes }: Allocation,
  index: number,
): Promise<void> {
  const ports = nodes[index];
  if (!ports) throw new Error(`no ports for ${id}`);
  const open = (protocol: 'tcp' | 'udp', port: number) =>
    network.open(protocol, id, { address: publicAddress, port }, { address, port });
  await open('tcp', ports.port);
  await open('tcp', ports.mediaPort);
  await open('udp', ports.mediaPort);
  for (let port = ports.relayPorts.first; port <= ports.relayPorts.last; port++) await open('udp', port);
}

/** Numbers nobody else on this machine uses now. */
async function claimPlan(): Promise<{ plan: AddressPlan; claim: dgram.Socket }> {
  for (let number = PLANS.first; number <= PLANS.last; number++) {
    const plan = new AddressPlan(number);
    const claim = dgram.createSocket('udp4');
    const mine = await new Promise<boolean>((resolve) => {
      claim.once('error', () => resolve(false));
      claim.bind({ port: CLAIM_PORT, address: plan.claim, exclusive: true }, () => resolve(true));
    });
    if (mine) return { plan, claim: claim.unref() };
    claim.close();
  }
  throw new Error('all address plans are taken');
}
