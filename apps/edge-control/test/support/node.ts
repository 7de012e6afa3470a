import { env } from 'cloudflare:workers';
import {
  AUDIENCE,
  type CellToNode,
  encode,
  NODE_TOKEN_TYPE,
  type NodeDescription,
  type NodeLoad,
  NodePublicKey,
  type NodeToCell,
  SIGNING_ALGORITHM,
  TOKEN_LIFE,
} from '@meridian/protocol';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { cellOfRegion, DIRECTORY_NAME } from '../../src/fleet/names.ts';
import { ROOM_HEADERS } from '../../src/room/contract.ts';

const IDLE: NodeLoad = {
  state: 'up',
  cpu: [0.1],
  packets_per_s: 0,
  bits_in_per_s: 0,
  bits_out_per_s: 0,
  meetings: 0,
  participants: 0,
  standbys: 0,
  consumers: 0,
  producers: 0,
  loop_delay_ms: 1,
};

export function load(participants = 0, state: NodeLoad['state'] = 'up'): NodeLoad {
  return { ...IDLE, participants, state };
}

/** One pair for all nodes of the tests: what is asked of a key is who it belongs to. */
const PAIR = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
const { d: _, ...PUBLIC } = await exportJWK(PAIR.privateKey);
export const NODE_KEY = NodePublicKey.parse(PUBLIC);
export const NODE_KID = await calculateJwkThumbprint(NODE_KEY);

/** Makes the key known as this node's, as an operator and the machine would together. */
export async function enrolNode(nodeId: string, region: string): Promise<void> {
  const assigned = await env.DIRECTORY.getByName(DIRECTORY_NAME).assign(nodeId, region);
  if (!assigned.ok) throw new Error(assigned.error.message);
  const cell = env.CELLS.getByName(assigned.value.cell);
  const { secret } = await cell.offerEnrolment(nodeId);
  const enrolled = await cell.enrol(nodeId, secret, NODE_KEY);
  if (!enrolled.ok) throw new Error(enrolled.error.message);
}

type TokenParts = { key?: CryptoKey; kid?: string; typ?: string };

/** What a node proves itself with. */
export function nodeToken(
  nodeId: string,
  region: string,
  { key = PAIR.privateKey, kid = NODE_KID, typ = NODE_TOKEN_TYPE }: TokenParts = {},
): Promise<string> {
  return new SignJWT({ region })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid, typ })
    .setSubject(nodeId)
    .setAudience(AUDIENCE.node)
    .setExpirationTime(Math.floor(Date.now() / 1000) + TOKEN_LIFE.node)
    .sign(key);
}

/** The socket of a 101 response with the frames it has received. */
export class Frames {
  readonly all: CellToNode[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  #wake: () => void = () => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      this.all.push(JSON.parse(String(data)));
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }));
    });
    socket.accept();
  }

  async next<T extends CellToNode['type']>(type: T): Promise<Extract<CellToNode, { type: T }>> {
    for (;;) {
      const found = this.all.find((frame) => frame.type === type);
      if (found) {
        this.all.splice(this.all.indexOf(found), 1);
        return found as Extract<CellToNode, { type: T }>;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  send(message: Parameters<typeof encode<NodeToCell>>[0]): void {
    this.#socket.send(encode<NodeToCell>(message));
  }

  raw(frame: string): void {
    this.#socket.send(frame);
  }

  close(code = 1000): void {
    this.#socket.close(code);
  }
}

/** A media node as far as the control plane can tell. */
export class FakeNode {
  readonly boot_id = crypto.randomUUID();
  readonly node_id: string;
  readonly region: string;
  readonly capacity: number;
  readonly frames: Frames;

  private constructor(node_id: string, region: string, capacity: number, frames: Frames) {
    this.node_id = node_id;
    this.region = region;
    this.capacity = capacity;
    this.frames = frames;
  }

  static async link(region: string, node_id: string, capacity = 100): Promise<FakeNode> {
    const cell = env.CELLS.getByName(cellOfRegion(region));
    const { secret } = await cell.offerEnrolment(node_id);
    await cell.enrol(node_id, secret, NODE_KEY);
    const response = await cell.fetch('https://cell/link', {
      headers: {
        upgrade: 'websocket',
        [ROOM_HEADERS.nodeId]: node_id,
        [ROOM_HEADERS.nodeKid]: NODE_KID,
        [ROOM_HEADERS.region]: region,
      },
    });
    if (!response.webSocket) throw new Error(`the cell answered ${response.status}`);
    return new FakeNode(node_id, region, capacity, new Frames(response.webSocket));
  }

  static async registered(
    region: string,
    node_id: string,
    capacity = 100,
    overrides: Partial<NodeDescription> = {},
  ): Promise<FakeNode> {
    const node = await FakeNode.link(region, node_id, capacity);
    node.register(overrides);
    await node.frames.next('registered');
    return node;
  }

  register(overrides: Partial<NodeDescription> = {}): void {
    this.frames.send({ type: 'register', node: { ...this.description(), ...overrides }, load: load() });
  }

  heartbeat(participants: number, state: NodeLoad['state'] = 'up'): void {
    this.frames.send({ type: 'heartbeat', boot_id: this.boot_id, load: load(participants, state) });
  }

  description() {
    return {
      node_id: this.node_id,
      boot_id: this.boot_id,
      region: this.region,
      location: { latitude: 52.4, longitude: 4.9 },
      url: `wss://${this.node_id}.test/client`,
      relay_url: `wss://${this.node_id}.test/relay`,
      address: '192.0.2.1',
      port: 40_000,
      dtls_fingerprint: 'AA:BB',
      failure_domain: this.node_id,
      capacity: this.capacity,
      bits_capacity_per_s: 1e9,
      version: '1',
      caps_version: 1,
    };
  }
}
