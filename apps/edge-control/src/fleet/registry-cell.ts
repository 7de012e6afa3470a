import { DurableObject } from 'cloudflare:workers';
import {
  type CellToNode,
  CLOSE,
  encode,
  type FleetNode,
  type NodePublicKey,
  type NodeWish,
  PING_FRAME,
  PONG_FRAME,
} from '@meridian/protocol';
import { CONFIG } from '../config.ts';
import type { FleetEnv } from '../env.ts';
import { log } from '../log.ts';
import { accepted, type Result, refused } from '../result.ts';
import { ROOM_HEADERS } from '../room/contract.ts';
import { tryClose, trySend } from '../sockets.ts';
import { cellReport } from './cell-report.ts';
import type {
  CellReport,
  EvidenceReport,
  RegistryCellApi,
  Reservation,
  ReserveRequest,
  VerdictAnswer,
} from './contract.ts';
import { DirectoryReporter } from './directory-reporter.ts';
import { hashOfSecret, newEnrolmentSecret } from './enrolment-secret.ts';
import { KeyStore } from './key-store.ts';
import type { KnownNode } from './known-node.ts';
import { KnownNodes } from './known-nodes.ts';
import { cellOfRegion } from './names.ts';
import { NodeLinks } from './node-links.ts';
import { NodeStore } from './node-store.ts';
import { Places } from './places.ts';
import { Reservations } from './reservations.ts';

/**
 * The nodes of one region: who they are and may be, how full they are, who is on the way to them, what is thought of
 * them. Load lives in memory and with the sockets: a cell that starts anew learns it again within a heartbeat.
 */
export class RegistryCell extends DurableObject<FleetEnv> implements RegistryCellApi {
  readonly #reservations = new Reservations(CONFIG.cell.reservationMs, CONFIG.cell.standbyWeight);
  readonly #keys: KeyStore;
  readonly #store: NodeStore;
  readonly #nodes: KnownNodes;
  readonly #links: NodeLinks;
  readonly #places: Places;
  readonly #reporter: DirectoryReporter;

  constructor(ctx: DurableObjectState, env: FleetEnv) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING_FRAME, PONG_FRAME));
    this.#keys = new KeyStore(ctx.storage.sql);
    this.#store = new NodeStore(ctx.storage.sql);
    this.#nodes = new KnownNodes(this.#store, Date.now(), this.#promised);
    this.#links = new NodeLinks(ctx, (region) => this.#name(region), this.#nodes, this.#reservations);
    this.#places = new Places(this.#nodes, this.#reservations, this.#store);
    this.#reporter = new DirectoryReporter(
      env,
      (work) => ctx.waitUntil(work),
      (now) => this.#report(now),
    );
  }

  /** `/link`: the socket of a node whose token the edge has checked. */
  override async fetch(request: Request): Promise<Response> {
    const nodeId = request.headers.get(ROOM_HEADERS.nodeId);
    const kid = request.headers.get(ROOM_HEADERS.nodeKid);
    if (request.headers.get('upgrade') !== 'websocket' || !nodeId || !kid) {
      return new Response(null, { status: 400 });
    }
    // The edge remembers keys for a while; here it is known whether one is still good.
    if (!this.#keys.find(nodeId, kid)) return new Response(null, { status: 401 });
    const response = this.#links.accept(nodeId);
    await this.#scheduleSweep(Date.now());
    return response;
  }

  async reserve(request: ReserveRequest): Promise<Result<Reservation>> {
    const now = Date.now();
    const result = this.#places.reserve(request, now);
    if (!result.ok) return result;
    this.#reporter.update(now);
    return accepted({ ...result.value, cell: this.#name(result.value.node.region) });
  }

  async release(reservationId: string): Promise<void> {
    this.#reservations.release(reservationId);
    this.#reporter.update(Date.now());
  }

  async evidence({ node_id, ...report }: EvidenceReport): Promise<VerdictAnswer> {
    const now = Date.now();
    const node = this.#nodes.get(node_id);
    if (!node) return unknownNode(now);
    log('info', 'evidence against a node', { node_id, ...report });
    const { verdict, since } = this.#nodes.report(node, report, now);
    this.#reporter.update(now);
    await this.#scheduleSweep(now);
    return { verdict, since, boot_id: node.description.boot_id };
  }

  async verdict(nodeId: string): Promise<VerdictAnswer> {
    const now = Date.now();
    const node = this.#nodes.get(nodeId);
    if (!node) return unknownNode(now);
    const { verdict, since } = this.#nodes.judge(node, now);
    return { verdict, since, boot_id: node.description.boot_id };
  }

  async nodes(): Promise<FleetNode[]> {
    const now = Date.now();
    return this.#nodes
      .all()
      .filter(({ revoked }) => !revoked)
      .map((node) => this.#described(node, now));
  }

  async node(nodeId: string): Promise<Result<FleetNode>> {
    const node = this.#registered(nodeId);
    return node.ok ? accepted(this.#described(node.value, Date.now())) : node;
  }

  async direct(nodeId: string, wish: NodeWish): Promise<Result<FleetNode>> {
    const now = Date.now();
    const found = this.#registered(nodeId);
    if (!found.ok) return found;
    const node = found.value;
    if (node.wish !== wish) {
      log('info', 'directive to a node', { node_id: nodeId, desired: wish });
      this.#nodes.direct(node, wish, now);
      // One that is away hears it when it registers.
      if (node.socket) trySend(node.socket, encode<CellToNode>({ type: 'directive', desired: wish }));
      this.#reporter.update(now);
    }
    return accepted(this.#described(node, now));
  }

  async offerEnrolment(nodeId: string): Promise<{ secret: string; expires_at: number }> {
    const secret = newEnrolmentSecret((bytes) => crypto.getRandomValues(bytes));
    const expires_at = this.#keys.offer(await hashOfSecret(secret), nodeId, Date.now());
    log('info', 'enrolment offered', { node_id: nodeId });
    return { secret, expires_at };
  }

  async enrol(nodeId: string, secret: string, key: NodePublicKey): Promise<Result<{ kid: string }>> {
    const kid = await this.#keys.accept(await hashOfSecret(secret), nodeId, key, Date.now());
    if (kid === null) {
      return refused('unauthorized', 'the enrolment secret is not known, or was used, or has expired');
    }
    log('info', 'node enrolled', { node_id: nodeId, kid });
    return accepted({ kid });
  }

  async nodeKey(nodeId: string, kid: string): Promise<NodePublicKey | null> {
    return this.#keys.find(nodeId, kid);
  }

  async revoke(nodeId: string): Promise<string[]> {
    const now = Date.now();
    log('warn', 'node revoked', { node_id: nodeId });
    this.#keys.revoke(nodeId);
    const node = this.#nodes.get(nodeId);
    if (node) this.#nodes.revoke(node, now);
    this.#links.close(nodeId, CLOSE.unauthorized, 'the node was revoked');
    this.#reporter.update(now);
    return this.#store.hostedBy(nodeId);
  }

  override webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): void {
    this.#links.received(socket, frame);
    this.#reporter.update(Date.now());
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    tryClose(socket, code);
    this.#links.dropped(socket);
    this.#reporter.update(Date.now());
  }

  override webSocketError(socket: WebSocket): void {
    this.#links.dropped(socket);
    this.#reporter.update(Date.now());
  }

  /** Notices silence, which no event tells of. */
  override async alarm(): Promise<void> {
    const now = Date.now();
    this.#reservations.expire(now);
    this.#links.closeIdle(now);
    this.#nodes.forget(now);
    this.#store.forgetHosted(now);
    this.#reporter.update(now);
    await this.#scheduleSweep(now);
  }

  readonly #promised = (nodeId: string) => this.#reservations.places(nodeId);

  #registered(nodeId: string): Result<KnownNode> {
    const node = this.#nodes.get(nodeId);
    return node && !node.revoked ? accepted(node) : refused('not_found', 'no such node has registered');
  }

  #described(node: KnownNode, now: number): FleetNode {
    const { verdict, since, reasons } = this.#nodes.judge(node, now);
    const { description, wish, socket, heard_at, load } = node;
    const { primary, standby } = this.#reservations.on(description.node_id);
    return {
      node: description,
      cell: this.#name(description.region),
      verdict,
      since,
      reasons: [...reasons],
      desired: wish,
      linked: socket !== null,
      heard_at,
      load,
      reserved: primary + standby,
    };
  }

  #name(region: string): string {
    return this.ctx.id.name ?? cellOfRegion(region);
  }

  #report(now: number): CellReport | undefined {
    const [first, ...others] = this.#nodes.all();
    if (!first) return undefined;
    for (const node of [first, ...others]) this.#nodes.judge(node, now);
    return cellReport(this.#name(first.description.region), [first, ...others], this.#promised);
  }

  /** While there is anybody to look after, or a verdict may yet come of what was reported. */
  async #scheduleSweep(now: number): Promise<void> {
    if (this.#links.size === 0 && !this.#nodes.hasOpenReports(now)) return;
    if ((await this.ctx.storage.getAlarm()) !== null) return;
    await this.ctx.storage.setAlarm(now + CONFIG.cell.sweepEveryMs);
  }
}

function unknownNode(now: number): VerdictAnswer {
  return { verdict: 'suspect', since: now, boot_id: null };
}
