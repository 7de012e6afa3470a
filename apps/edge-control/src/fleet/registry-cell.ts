import { DurableObject } from 'cloudflare:workers';
import {
  type CellToNode,
  CLOSE,
  type CloseCode,
  encode,
  errorMessage,
  LIMITS,
  type Location,
  MeridianError,
  NodeToCell,
  PING_FRAME,
  PONG_FRAME,
  parseFrame,
  type Ref,
} from '@meridian/protocol';
import type { z } from 'zod';
import { CONFIG } from '../config.ts';
import type { FleetEnv } from '../env.ts';
import { log } from '../log.ts';
import { accepted, type Result, refused } from '../result.ts';
import { ROOM_HEADERS } from '../room/contract.ts';
import { tryClose, trySend } from '../sockets.ts';
import { within } from '../timeout.ts';
import { chooseNode, freePlaces, type NodeFigures } from './choose-node.ts';
import type { CellReport, RegistryCellApi, Reservation } from './contract.ts';
import { figures, LinkAttachment, type LinkedNode, takesParticipants } from './linked-node.ts';
import { cellOfRegion, DIRECTORY_NAME } from './names.ts';
import { Reservations } from './reservations.ts';

type Link = { socket: WebSocket; node: LinkedNode };
type Placeable = NodeFigures & { link: Link };
type NodeMessage = z.infer<typeof NodeToCell>;
type Register = Extract<NodeMessage, { type: 'register' }>;
type Heartbeat = Extract<NodeMessage, { type: 'heartbeat' }>;

/**
 * The nodes of one region: who is linked, how full they are, who is on the way to them. All of it lives in
 * memory and with the sockets; a cell that starts anew learns it again within a heartbeat.
 */
export class RegistryCell extends DurableObject<FleetEnv> implements RegistryCellApi {
  readonly #startedAt = Date.now();
  readonly #links = new Map<string, Link>();
  readonly #reservations = new Reservations(CONFIG.cell.reservationMs);
  #place: { region: string; location: Location } | undefined;
  #lastReport: { at: number; nodes_up: number; full: boolean } | undefined;
  #reporting = false;
  #reportWanted = false;

  constructor(ctx: DurableObjectState, env: FleetEnv) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING_FRAME, PONG_FRAME));
    for (const socket of ctx.getWebSockets()) {
      const node = attachmentOf(socket)?.node;
      if (node) this.#admit({ socket, node });
    }
  }

  /** `/link`: the socket of a node whose token the edge has checked. */
  override async fetch(request: Request): Promise<Response> {
    const nodeId = request.headers.get(ROOM_HEADERS.nodeId);
    if (request.headers.get('upgrade') !== 'websocket' || !nodeId) {
      return new Response(null, { status: 400 });
    }
    if (this.ctx.getWebSockets().length >= CONFIG.cell.maxSockets) {
      return new Response(null, { status: 503, headers: { 'retry-after': '5' } });
    }
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, [nodeId]);
    attach(server, { accepted_at: Date.now(), node: null });
    await this.#scheduleSweep();
    return new Response(null, { status: 101, webSocket: client });
  }

  async reserve(request: {
    meeting_id: string;
    room_url: string;
    prefer_node_id?: string;
    exclude_node_ids?: string[];
  }): Promise<Result<Reservation>> {
    const now = Date.now();
    this.#reservations.expire(now);
    const excluded = new Set(request.exclude_node_ids);
    let nodes = this.#placeable(now).filter(({ node_id }) => !excluded.has(node_id));
    const hostMeeting = encode<CellToNode>({
      type: 'host_meeting',
      meeting_id: request.meeting_id,
      room_url: request.room_url,
    });
    while (nodes.length > 0) {
      const chosen = this.#preferred(nodes, request.prefer_node_id) ?? this.#choose(nodes);
      if (!chosen) break;
      if (trySend(chosen.link.socket, hostMeeting)) {
        const reservation = { reservation_id: crypto.randomUUID(), node: chosen.link.node.description };
        this.#reservations.add(reservation.reservation_id, chosen.node_id, now);
        this.#reportOnChange(now);
        return accepted({ ...reservation, cell: this.#cell(chosen.link.node.description.region) });
      }
      // Its socket is closing; the close event will take it off the list.
      nodes = nodes.filter((node) => node !== chosen);
    }
    return refused('no_capacity', 'no media node here has a free place', CONFIG.http.noCapacityRetryMs);
  }

  async release(reservationId: string): Promise<void> {
    this.#reservations.release(reservationId);
    this.#reportOnChange(Date.now());
  }

  override webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): void {
    const parsed = parseFrame(NodeToCell, frame, LIMITS.linkFrameBytes);
    if (!parsed.ok) this.#refuse(socket, parsed.error, CLOSE.malformed, parsed.ref);
    else this.#take(socket, parsed.message);
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    tryClose(socket, code);
    this.#dropped(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#dropped(socket);
  }

  /** Notices silence, which no event tells of. */
  override async alarm(): Promise<void> {
    const now = Date.now();
    this.#reservations.expire(now);
    for (const socket of this.ctx.getWebSockets()) this.#closeIfIdle(socket, now);
    this.#reportOnChange(now);
    await this.#scheduleSweep();
  }

  #take(socket: WebSocket, message: NodeMessage): void {
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

  #register(socket: WebSocket, { node, load, ref }: Register): void {
    const [nodeId] = this.ctx.getTags(socket);
    const refuse = (error: MeridianError, code: CloseCode) => this.#refuse(socket, error, code, ref);
    if (node.node_id !== nodeId) {
      refuse(new MeridianError('forbidden', 'the token is for another node'), CLOSE.unauthorized);
      return;
    }
    if (this.#cell(node.region) !== cellOfRegion(node.region)) {
      refuse(new MeridianError('forbidden', 'this cell is of another region'), CLOSE.unauthorized);
      return;
    }
    const former = this.#links.get(nodeId);
    if (!former && this.#links.size >= CONFIG.cell.maxNodes) {
      refuse(new MeridianError('overloaded', 'the cell is full'), CLOSE.unavailable);
      return;
    }
    this.#admit({ socket, node: { description: node, load, heard_at: Date.now() } });
    if (former && former.socket !== socket)
      tryClose(former.socket, CLOSE.replaced, 'a newer link of this node');
    trySend(
      socket,
      encode<CellToNode>({
        type: 'registered',
        ref,
        cell: this.#cell(node.region),
        heartbeat_ms: CONFIG.cell.heartbeatMs,
      }),
    );
    log('info', 'node registered', { node_id: nodeId, region: node.region, boot_id: node.boot_id });
    this.#reportOnChange(Date.now());
  }

  #heartbeat(socket: WebSocket, { boot_id, load, ref }: Heartbeat): void {
    const link = this.#linkOf(socket);
    if (link?.node.description.boot_id !== boot_id) {
      trySend(socket, JSON.stringify(errorMessage(new MeridianError('not_joined', 'register first'), ref)));
      return;
    }
    const now = Date.now();
    this.#reservations.arrived(
      link.node.description.node_id,
      load.participants - link.node.load.participants,
    );
    link.node = { ...link.node, load, heard_at: now };
    attach(socket, { accepted_at: now, node: link.node });
    this.#reportOnChange(now);
  }

  #admit(link: Link): void {
    const { description } = link.node;
    this.#links.set(description.node_id, link);
    this.#place = { region: description.region, location: description.location };
    attach(link.socket, { accepted_at: link.node.heard_at, node: link.node });
  }

  #linkOf(socket: WebSocket): Link | undefined {
    const [nodeId] = this.ctx.getTags(socket);
    const link = nodeId === undefined ? undefined : this.#links.get(nodeId);
    return link?.socket === socket ? link : undefined;
  }

  /** The link is gone, which says nothing about the node's media: it only gets nobody new until it is back. */
  #dropped(socket: WebSocket): void {
    const link = this.#linkOf(socket);
    if (!link) return;
    const { node_id, region } = link.node.description;
    this.#links.delete(node_id);
    log('info', 'node link closed', { node_id, region });
    this.#reportOnChange(Date.now());
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
      this.#dropped(socket);
    }
  }

  #refuse(socket: WebSocket, error: MeridianError, code: CloseCode, ref?: Ref): void {
    trySend(socket, JSON.stringify(errorMessage(error, ref)));
    tryClose(socket, code, error.message);
    this.#dropped(socket);
  }

  #placeable(now: number): Placeable[] {
    const nodes: Placeable[] = [];
    for (const link of this.#links.values()) {
      if (takesParticipants(link.node, now, this.#startedAt)) nodes.push({ ...figures(link.node), link });
    }
    return nodes;
  }

  #preferred(nodes: readonly Placeable[], nodeId: string | undefined): Placeable | undefined {
    const node = nodes.find(({ node_id }) => node_id === nodeId);
    return node && freePlaces(node, this.#reservations.on(node.node_id)) > 0 ? node : undefined;
  }

  #choose(nodes: readonly Placeable[]): Placeable | null {
    return chooseNode(nodes, (nodeId) => this.#reservations.on(nodeId), Math.random);
  }

  #cell(region: string): string {
    return this.ctx.id.name ?? cellOfRegion(region);
  }

  #report(now: number): CellReport | undefined {
    if (!this.#place) return undefined;
    const nodes = this.#placeable(now);
    return {
      ...this.#place,
      cell: this.#cell(this.#place.region),
      nodes_up: nodes.length,
      free: nodes.reduce((sum, node) => sum + freePlaces(node, this.#reservations.on(node.node_id)), 0),
    };
  }

  /** Tells the directory at once what changes placement, and everything else at an interval. */
  #reportOnChange(now: number): void {
    const report = this.#report(now);
    if (!report) return;
    const last = this.#lastReport;
    const full = report.free === 0;
    const due = !last || now - last.at >= CONFIG.cell.reportEveryMs;
    if (!due && last.nodes_up === report.nodes_up && last.full === full) return;
    this.#lastReport = { at: now, nodes_up: report.nodes_up, full };
    this.#reportWanted = true;
    if (!this.#reporting) this.ctx.waitUntil(this.#sendReports());
  }

  /** One report on the way at a time; what changes meanwhile goes into the next. */
  async #sendReports(): Promise<void> {
    this.#reporting = true;
    try {
      while (this.#reportWanted) {
        this.#reportWanted = false;
        const report = this.#report(Date.now());
        if (!report) return;
        const directory = this.env.DIRECTORY.getByName(DIRECTORY_NAME);
        await within(directory.report(report), CONFIG.cell.reportTimeoutMs, 'the fleet directory');
      }
    } catch (error) {
      // The next heartbeat reports again.
      log('warn', 'report to the directory failed', { error });
    } finally {
      this.#reporting = false;
    }
  }

  async #scheduleSweep(): Promise<void> {
    if (this.ctx.getWebSockets().length === 0) return;
    if ((await this.ctx.storage.getAlarm()) !== null) return;
    await this.ctx.storage.setAlarm(Date.now() + CONFIG.cell.sweepEveryMs);
  }
}

function attach(socket: WebSocket, attachment: LinkAttachment): void {
  socket.serializeAttachment(attachment);
}

function attachmentOf(socket: WebSocket): LinkAttachment | undefined {
  const parsed = LinkAttachment.safeParse(socket.deserializeAttachment());
  return parsed.success ? parsed.data : undefined;
}
