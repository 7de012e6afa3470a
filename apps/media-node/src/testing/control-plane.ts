import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  AUDIENCE,
  type CellToNode,
  type EnrolledNode,
  EnrolRequest,
  encode,
  LIMITS,
  type MediaClaims,
  NODE_TOKEN_TYPE,
  type NodePublicKey,
  NodeToCell,
  type NodeWish,
  PING_FRAME,
  PONG_FRAME,
  parseFrame,
  type RelayClaims,
  roomLink,
  SIGNING_ALGORITHM,
} from '@meridian/protocol';
import {
  calculateJwkThumbprint,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import { type WebSocket, WebSocketServer } from 'ws';

type RoomEvent = roomLink.NodeToRoom & { node_id: string };
type DesiredState = roomLink.DesiredState;

/** A room as a node sees it: takes links, sends what it is told to, remembers what it hears. */
export class RoomStandIn {
  readonly events: RoomEvent[] = [];
  readonly links = new Map<string, WebSocket>();
  /** Refuses links with this close code while set. */
  refuseWith: number | null = null;
  /** Nodes that are told the meeting has ended, since it goes on without them. */
  readonly dismissed = new Set<string>();
  #state: DesiredState | null = null;
  #grantsOf: (nodeId: string) => DesiredState['relay_grants'] | undefined = () => undefined;

  get state(): DesiredState | null {
    return this.#state;
  }

  /** Sends a state to all nodes now, and to each that links later. `grantsOf`: where they are not the same for all. */
  setState(
    state: Omit<DesiredState, 'v' | 'type'>,
    grantsOf: (nodeId: string) => DesiredState['relay_grants'] | undefined = this.#grantsOf,
  ): void {
    this.#state = { v: 1, type: 'desired_state', ...state };
    this.#grantsOf = grantsOf;
    for (const [nodeId, socket] of this.links) this.#sendState(nodeId, socket);
  }

  drop(nodeId: string): void {
    this.links.get(nodeId)?.terminate();
  }

  linked(nodeId: string, socket: WebSocket): void {
    if (this.refuseWith !== null) {
      socket.close(this.refuseWith);
      return;
    }
    this.links.set(nodeId, socket);
    socket.on('close', () => {
      if (this.links.get(nodeId) === socket) this.links.delete(nodeId);
    });
    socket.on('message', (data) => {
      const frame = data.toString();
      if (frame === PING_FRAME) {
        socket.send(PONG_FRAME);
        return;
      }
      const parsed = parseFrame(roomLink.NodeToRoom, frame, LIMITS.linkFrameBytes);
      if (!parsed.ok) throw parsed.error;
      this.events.push({ ...parsed.message, node_id: nodeId });
      if (parsed.message.type === 'node_hello') this.#sendState(nodeId, socket);
    });
  }

  #sendState(nodeId: string, socket: WebSocket): void {
    if (this.#state === null) return;
    const { v: _v, ...body } = this.#state;
    const relay_grants = this.#grantsOf(nodeId) ?? body.relay_grants;
    const ended = body.ended || this.dismissed.has(nodeId);
    socket.send(encode<roomLink.RoomToNode>({ ...body, relay_grants, ended }));
  }
}

/** The part of the edge that media nodes talk to. */
export class ControlPlane {
  readonly url: string;
  readonly cellMessages: NodeToCell[] = [];
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #keys: Awaited<ReturnType<typeof generateKeyPair>>;
  readonly #nodeKeys: Map<string, NodePublicKey>;
  readonly #rooms = new Map<string, RoomStandIn>();
  readonly #cellLinks = new Map<string, WebSocket>();

  static async start(): Promise<ControlPlane> {
    const keys = await generateKeyPair(SIGNING_ALGORITHM);
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: SIGNING_ALGORITHM };
    const nodeKeys = new Map<string, NodePublicKey>();
    const server = createServer((request, response) => {
      if (request.url === '/api/v1/fleet/enrol') void enrol(request, response, nodeKeys);
      else if (request.url === '/.well-known/jwks.json') {
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
      } else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ControlPlane(server, keys, nodeKeys);
  }

  private constructor(server: Server, keys: ControlPlane['keys'], nodeKeys: Map<string, NodePublicKey>) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.url = `http://127.0.0.1:${address.port}`;
    this.#server = server;
    this.#keys = keys;
    this.#nodeKeys = nodeKeys;
    server.on('upgrade', (request, socket, head) => {
      this.#upgrade(request, socket, head).catch(() => socket.destroy());
    });
  }

  get keys(): Awaited<ReturnType<typeof generateKeyPair>> {
    return this.#keys;
  }

  room(meetingId: string): RoomStandIn {
    const room = this.#rooms.get(meetingId) ?? new RoomStandIn();
    this.#rooms.set(meetingId, room);
    return room;
  }

  hostMeeting(nodeId: string, meetingId: string): void {
    const room_url = `${this.url.replace('http', 'ws')}/api/v1/meetings/${meetingId}/room-link`;
    this.#cellLinks
      .get(nodeId)
      ?.send(encode<CellToNode>({ type: 'host_meeting', meeting_id: meetingId, room_url }));
  }

  direct(nodeId: string, desired: NodeWish): void {
    this.#cellLinks.get(nodeId)?.send(encode<CellToNode>({ type: 'directive', desired }));
  }

  mediaToken(claims: Omit<MediaClaims, 'aud'>): Promise<string> {
    return this.sign({ ...claims, aud: AUDIENCE.media });
  }

  relayGrant(claims: Omit<RelayClaims, 'aud' | 'exp'>): Promise<string> {
    return this.sign({ ...claims, aud: AUDIENCE.relay, exp: Math.floor(Date.now() / 1000) + 3600 });
  }

  sign(claims: Record<string, unknown>, kid = 'k1'): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid })
      .sign(this.#keys.privateKey);
  }

  async close(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const nodeId = decodeJwt(token).sub ?? '';
    const key = this.#nodeKeys.get(nodeId);
    if (!key) throw new Error(`${nodeId} has not enrolled`);
    await jwtVerify(token, await importJWK({ ...key }, SIGNING_ALGORITHM), {
      audience: AUDIENCE.node,
      typ: NODE_TOKEN_TYPE,
    });
    const meeting = /^\/api\/v1\/meetings\/([0-9a-f-]{36})\/room-link$/.exec(request.url ?? '')?.[1];
    const isCell = /^\/api\/v1\/fleet\/regions\/[a-z0-9-]+\/link$/.test(request.url ?? '');
    if (meeting === undefined && !isCell) throw new Error('no such link');
    this.#sockets.handleUpgrade(request, socket, head, (ws) => {
      if (meeting !== undefined) this.room(meeting).linked(nodeId, ws);
      else this.#cellLinked(nodeId, ws);
    });
  }

  #cellLinked(nodeId: string, socket: WebSocket): void {
    this.#cellLinks.set(nodeId, socket);
    socket.on('message', (data) => {
      const frame = data.toString();
      if (frame === PING_FRAME) {
        socket.send(PONG_FRAME);
        return;
      }
      const parsed = parseFrame(NodeToCell, frame, LIMITS.linkFrameBytes);
      if (!parsed.ok) throw parsed.error;
      this.cellMessages.push(parsed.message);
      if (parsed.message.type !== 'register') return;
      socket.send(
        encode<CellToNode>({ type: 'registered', cell: 'cell-1', heartbeat_ms: 100, desired: 'serve' }),
      );
    });
  }
}

/** The secret is right unless it says otherwise. */
async function enrol(
  request: IncomingMessage,
  response: ServerResponse,
  keys: Map<string, NodePublicKey>,
): Promise<void> {
  const { node_id, region, secret, public_key } = EnrolRequest.parse(JSON.parse(await text(request)));
  if (secret === 'wrong') {
    const refusal = { type: 'urn:test', title: 'Unauthorized', status: 401, code: 'unauthorized' };
    response.writeHead(401).end(JSON.stringify(refusal));
    return;
  }
  keys.set(node_id, public_key);
  const kid = await calculateJwkThumbprint(public_key);
  response.end(JSON.stringify({ node_id, region, kid } satisfies EnrolledNode));
}
