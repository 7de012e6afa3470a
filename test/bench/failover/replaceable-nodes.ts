import path from 'node:path';
import { REGIONS } from '../../../scripts/stack/defaults.ts';
import { enrolmentSecret } from '../../../scripts/stack/enrolment.ts';
import { MediaNode } from '../../../scripts/stack/media-node.ts';
import type { NodePlace, Stack } from '../../../scripts/stack/stack.ts';
import type { DelayNetwork } from '../../net/delay-network.ts';

const [REGION] = REGIONS;
/** One way from clients to nodes, milliseconds: 30 ms round trip. */
const ONE_WAY = 15;
/** TCP and TLS 1.3 each take a round trip on a new connection in production. */
const HANDSHAKES = 2;

const innerAddress = (place: number) => `127.0.3.${place + 1}`;
/** What clients take for the node's: the delays are there. Pages may open plain sockets to this one alone. */
const SOCKET_ADDRESS = '127.0.0.1';
const mediaAddress = (place: number) => `127.0.4.${place + 1}`;

/** Places for machines, each behind its stretch of network. A machine that died is replaced by one of another name. */
export class ReplaceableNodes {
  readonly count: number;
  readonly #network: DelayNetwork;
  readonly #running = new Map<number, MediaNode>();
  #stack: Stack | undefined;
  #replaced = 0;

  constructor(network: DelayNetwork, count: number) {
    this.#network = network;
    this.count = count;
  }

  /** For the stack to begin with. */
  get places(): NodePlace[] {
    return Array.from({ length: this.count }, (_, place) => ({
      id: `${REGION.id}-${place + 1}`,
      region: REGION,
      address: innerAddress(place),
      env: ({ port }) => publicEnvironment(place, port),
    }));
  }

  /** To be called with the ports of the stack before it starts. */
  async connect(ports: Stack['ports']): Promise<void> {
    for (const [place, { port, mediaPort }] of ports.nodes.entries()) {
      const to = innerAddress(place);
      const way = { path: 'node', oneWayMs: ONE_WAY } as const;
      await this.#network.open({
        ...way,
        protocol: 'tcp',
        handshakes: HANDSHAKES,
        listen: { address: SOCKET_ADDRESS, port },
        target: { address: to, port },
      });
      await this.#network.open({
        ...way,
        protocol: 'udp',
        handshakes: 0,
        listen: { address: mediaAddress(place), port: mediaPort },
        target: { address: to, port: mediaPort },
      });
    }
  }

  /** To be called when the stack is up. */
  begin(stack: Stack): void {
    this.#stack = stack;
    for (const [place, node] of stack.nodes.entries()) this.#running.set(place, node);
  }

  get all(): readonly MediaNode[] {
    return [...this.#running.values()];
  }

  find(id: string): MediaNode {
    const node = this.all.find((one) => one.id === id);
    if (!node) throw new Error(`no node ${id} is running`);
    return node;
  }

  /** The processes that carry everything between clients, nodes and room; and those of the nodes. */
  get processes(): { wires: number[]; nodes: number[] } {
    return {
      wires: [this.#network.pid].flatMap((pid) => pid ?? []),
      nodes: this.all.flatMap(({ process: node }) => node?.pid ?? []),
    };
  }

  /** Takes what is left of a node away and puts another one in its place. */
  async replace(node: MediaNode): Promise<void> {
    const found = [...this.#running].find(([, one]) => one === node);
    const stack = this.#stack;
    if (!found || !stack) throw new Error(`${node.id} is not one of ours`);
    const [place] = found;
    const ports = stack.ports.nodes[place];
    if (!ports) throw new Error(`no ports for ${node.id}`);
    await node.kill('SIGKILL');
    this.#replaced += 1;
    const id = `${REGION.id}-r${this.#replaced}`;
    const successor = new MediaNode({
      ...ports,
      id,
      region: REGION,
      address: innerAddress(place),
      controlUrl: stack.url,
      keyFile: path.join(stack.dataDir, 'nodes', `${id}.json`),
      enrolment: () => enrolmentSecret(stack, { node_id: id, region: REGION.id }),
      workers: 1,
      env: publicEnvironment(place, ports.port),
      log: () => {},
    });
    await successor.start();
    this.#running.set(place, successor);
  }

  /** Those that the stack does not know of. */
  async close(): Promise<void> {
    await Promise.all(this.all.map((node) => node.kill('SIGKILL')));
  }
}

function publicEnvironment(place: number, port: number): Record<string, string> {
  return { PUBLIC_URL: `ws://${SOCKET_ADDRESS}:${port}`, ANNOUNCED_ADDRESS: mediaAddress(place) };
}
