import {
  type CellToNode,
  CLOSE,
  type CloseCode,
  encode,
  errorMessage,
  LIMITS,
  MeridianError,
  NodeToCell,
  parseFrame,
  type Ref,
} from '@meridian/protocol';
import type { z } from 'zod';
import { CONFIG } from '../config.ts';
import { log } from '../log.ts';
import { Conduct } from '../room/conduct.ts';
import { tryClose, trySend } from '../sockets.ts';
import { type KnownNode, LinkAttachment } from './known-node.ts';
import type { KnownNodes } from './known-nodes.ts';
import { isCellOf } from './names.ts';
import type { Reservations } from './reservations.ts';

type NodeMessage = z.infer<typeof NodeToCell>;
type Register = Extract<NodeMessage, { type: 'register' }>;
type Heartbeat = Extract<NodeMessage, { type: 'heartbeat' }>;

/** The sockets of a cell's nodes. */
export class NodeLinks {
  readonly #ctx: DurableObjectState;
  /** Of the cell, for nodes of a region. */
  readonly #name: (region: string) => string;
  readonly #nodes: KnownNodes;
  readonly #reservations: Reservations;
  readonly #conduct = new Conduct(CONFIG.cell.linkRate);

  /** Takes up the sockets that have outlived a hibernation. */
  constructor(
    ctx: DurableObjectState,
    name: (region: string) => string,
    nodes: KnownNodes,
    reservations: Reservations,
  ) {
    this.#ctx = ctx;
    this.#name = name;
    this.#nodes = nodes;
    this.#reservations = reservations;
    for (const socket of ctx.getWebSockets()) {
      const node = attachmentOf(socket)?.node;
      const revoked = node && nodes.get(node.description.node_id)?.revoked;
      if (node && !revoked) nodes.register(node.description, node.load, socket, node.heard_at, Date.now());
    }
  }

  get size(): number {
    return this.#ctx.getWebSockets().length;
  }

  /** A socket for a node whose token has been checked. */
  accept(nodeId: string): Response {
    if (this.size >= CONFIG.cell.maxSockets) {
      return new Response(null, { status: 503, headers: { 'retry-after': '5' } });
    }
    this.#limitSilent(nodeId);
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server, [nodeId]);
    attach(server, { accepted_at: Date.now(), node: null });
    return new Response(null, { status: 101, webSocket: client });
  }

  received(socket: WebSocket, frame: string | ArrayBuffer): void {
    // Closed by us, perhaps as the node was revoked: what is still on its way does not count.
    if (socket.readyState !== WebSocket.OPEN) return;
    const admitted = this.#conduct.admit(this.#ctx.getTags(socket)[0] ?? '', Date.now());
    if (!admitted.allowed) {
      if (admitted.flooding)
        this.#refuse(socket, new MeridianError('rate_limited', 'flooding'), CLOSE.flooding);
      return;
    }
    const parsed = parseFrame(NodeToCell, frame, LIMITS.linkFrameBytes);
    if (!parsed.ok) {
      this.#refuse(socket, parsed.error, CLOSE.malformed, parsed.ref);
      return;
    }
    const { message } = parsed;
    switch (message.type) {
      case 'register':
        this.#register(socket, message);
        break;
      case 'heartbeat':
        this.#heartbeat(socket, message);
        break;
      case 'ping':
        // A ping with a ref; the plain one is answered without waking the cell.
        trySend(socket, encode<CellToNode>({ type: 'pong', ref: message.ref }));
    }
  }

  /** The link is gone, which says nothing about the node's media: it only gets nobody new until it is back. */
  dropped(socket: WebSocket): void {
    const node = this.#nodeOf(socket);
    if (!node) return;
    this.#nodes.hungUp(node, Date.now());
    const { node_id, region } = node.description;
    log('info', 'node link closed', { node_id, region });
  }

  closeIdle(now: number): void {
    for (const socket of this.#ctx.getWebSockets()) this.#closeIfIdle(socket, now);
  }

  /** All sockets of one node. */
  close(nodeId: string, code: CloseCode, reason: string): void {
    for (const socket of this.#ctx.getWebSockets(nodeId)) tryClose(socket, code, reason);
  }

  /** One node must not take all sockets. Which of those that wait it has given up cannot be told: they come in any order. */
  #limitSilent(nodeId: string): void {
    const silent = this.#ctx.getWebSockets(nodeId).filter((socket) => !attachmentOf(socket)?.node);
    const tooMany = Math.max(0, silent.length + 1 - CONFIG.cell.maxSilent);
    for (const socket of silent.slice(0, tooMany)) {
      tryClose(socket, CLOSE.unavailable, 'another socket was opened');
    }
  }

  #register(socket: WebSocket, { node: description, load, ref }: Register): void {
    const now = Date.now();
    const [nodeId] = this.#ctx.getTags(socket);
    const refuse = (error: MeridianError, code: CloseCode) => this.#refuse(socket, error, code, ref);
    if (description.node_id !== nodeId) {
      refuse(new MeridianError('forbidden', 'the token is for another node'), CLOSE.unauthorized);
      return;
    }
    const { region, boot_id } = description;
    const cell = this.#name(region);
    if (!isCellOf(cell, region)) {
      refuse(new MeridianError('forbidden', 'this cell is of another region'), CLOSE.unauthorized);
      return;
    }
    if (!this.#nodes.get(nodeId)?.socket && this.#nodes.linked >= CONFIG.cell.maxNodes) {
      refuse(new MeridianError('overloaded', 'the cell is full'), CLOSE.unavailable);
      return;
    }
    const former = this.#nodes.register(description, load, socket, now, now);
    attach(socket, { accepted_at: now, node: { description, load, heard_at: now } });
    if (former) tryClose(former, CLOSE.replaced, 'a newer link of this node');
    const desired = this.#nodes.get(nodeId)?.wish ?? 'serve';
    const heartbeat_ms = CONFIG.cell.heartbeatMs;
    trySend(socket, encode<CellToNode>({ type: 'registered', ref, cell, heartbeat_ms, desired }));
    log('info', 'node registered', { node_id: nodeId, region, boot_id });
  }

  #heartbeat(socket: WebSocket, { boot_id, load, ref }: Heartbeat): void {
    const node = this.#nodeOf(socket);
    if (node?.description.boot_id !== boot_id) {
      trySend(socket, JSON.stringify(errorMessage(new MeridianError('not_joined', 'register first'), ref)));
      return;
    }
    const now = Date.now();
    const { description } = node;
    const { participants = 0, standbys = 0 } = node.load ?? {};
    this.#reservations.arrived(description.node_id, load.participants - participants, 'primary');
    this.#reservations.arrived(description.node_id, load.standbys - standbys, 'standby');
    this.#nodes.heard(node, load, now);
    attach(socket, { accepted_at: now, node: { description, load, heard_at: now } });
  }

  #nodeOf(socket: WebSocket): KnownNode | undefined {
    const [nodeId] = this.#ctx.getTags(socket);
    const node = nodeId === undefined ? undefined : this.#nodes.get(nodeId);
    return node?.socket === socket ? node : undefined;
  }

  #closeIfIdle(socket: WebSocket, now: number): void {
    const attachment = attachmentOf(socket);
    if (!attachment) {
      tryClose(socket, CLOSE.internal, 'attachment of an unknown form');
    } else if (attachment.node === null) {
      if (now - attachment.accepted_at > CONFIG.cell.registerWithinMs) {
        tryClose(socket, CLOSE.authTimeout, 'nothing registered in time');
      }
    } else if (now - attachment.node.heard_at > CONFIG.cell.deadLinkMs) {
      tryClose(socket, CLOSE.goingAway, 'no heartbeats');
      this.dropped(socket);
    }
  }

  #refuse(socket: WebSocket, error: MeridianError, code: CloseCode, ref?: Ref): void {
    trySend(socket, JSON.stringify(errorMessage(error, ref)));
    tryClose(socket, code, error.message);
    this.dropped(socket);
  }
}

function attach(socket: WebSocket, attachment: LinkAttachment): void {
  socket.serializeAttachment(attachment);
}

function attachmentOf(socket: WebSocket): LinkAttachment | undefined {
  const parsed = LinkAttachment.safeParse(socket.deserializeAttachment());
  return parsed.success ? parsed.data : undefined;
}
