import {
  CLOSE,
  encode,
  LIMITS,
  MeridianError,
  type NodeDescription,
  parseFrame,
  roomLink,
} from '@meridian/protocol';
import type { z } from 'zod';
import { CONFIG } from '../config.ts';
import { Conduct } from './conduct.ts';
import { ROOM } from './config.ts';
import { Deadlines } from './deadlines.ts';
import { desiredState, dismissal } from './desired-state.ts';
import type { Evidence } from './evidence.ts';
import type { MeshNode } from './mesh-store.ts';
import { arriveAtNode, setDraining } from './moves.ts';
import { RelayGrants } from './relay-grants.ts';
import type { Restarts } from './restarts.ts';
import type { Runtime } from './runtime.ts';
import type { Session } from './session.ts';
import { close, isOpen, type NodeAttachment, nodeAttachment, send, sendError, TAG } from './sockets.ts';

/** The links of the media nodes. The room says on them what should be, and learns what is. */
export class RoomLinks {
  readonly #runtime: Runtime;
  readonly #evidence: Evidence;
  readonly #restarts: Restarts;
  readonly #conduct = new Conduct(ROOM.nodeRate);
  readonly #malformed = new WeakMap<WebSocket, number>();
  /** When a node's link went, as far as this instance of the object has seen. */
  readonly #lostAt = new Map<string, number>();
  /** Nodes whose key was revoked, until the last isolate of the edge knows it too. */
  readonly #shutOut = new Map<string, number>();
  readonly #startedAt: number;
  readonly #deadlines = new Deadlines();
  readonly #grants: RelayGrants;
  #scheduled: ReturnType<typeof setTimeout> | null = null;

  constructor(runtime: Runtime, evidence: Evidence, restarts: Restarts) {
    this.#runtime = runtime;
    this.#evidence = evidence;
    this.#restarts = restarts;
    this.#startedAt = runtime.now();
    this.#grants = new RelayGrants(runtime);
    runtime.onDesiredChanged = () => this.#schedule();
    runtime.isHeard = (entry, now) => this.#isHeard(entry, now);
    runtime.isShutOut = (nodeId) => (this.#shutOut.get(nodeId) ?? 0) > runtime.now();
  }

  /** After a wake: nodes that are still waiting, and news that did not get out before. */
  restore(): void {
    const session = this.#runtime.state.session.current;
    let behind = false;
    for (const [socket, link] of this.#links()) {
      if (link.stage === 'new') this.#expectHello(socket, link);
      else if (!link.sent) this.#expectMesh(socket, link);
      else behind ||= session !== null && !isCurrent(link.sent, session);
    }
    if (behind) this.#schedule();
    this.#awaitMissing();
  }

  accept(nodeId: string, region: string): Response {
    if (this.#runtime.isShutOut(nodeId)) return new Response(null, { status: 401 });
    this.#shutOut.delete(nodeId);
    const { 0: client, 1: server } = new WebSocketPair();
    this.#runtime.ctx.acceptWebSocket(server, [TAG.node, TAG.nodeId(nodeId)]);
    const attachment: NodeAttachment = {
      kind: 'node',
      id: crypto.randomUUID(),
      node_id: nodeId,
      region,
      stage: 'new',
      opened_at: this.#runtime.now(),
      boot_id: null,
      sent: null,
      applied: null,
    };
    server.serializeAttachment(attachment);
    for (const socket of this.#runtime.ctx.getWebSockets(TAG.nodeId(nodeId))) {
      const older = nodeAttachment(socket);
      if (older && older.id !== attachment.id) close(socket, CLOSE.replaced, 'replaced');
    }
    this.#expectHello(server, attachment);
    return new Response(null, { status: 101, webSocket: client });
  }

  message(socket: WebSocket, frame: string | ArrayBuffer): void {
    const link = nodeAttachment(socket);
    if (!link || link.stage === 'done') return;
    const parsed = parseFrame(roomLink.NodeToRoom, frame, LIMITS.linkFrameBytes);
    const ref = parsed.ok ? parsed.message.ref : parsed.ref;
    const admitted = this.#conduct.admit(link.node_id, this.#runtime.now());
    if (!admitted.allowed) {
      if (admitted.flooding) {
        close(socket, CLOSE.flooding, 'flooding');
        return;
      }
      const { retryAfterMs } = admitted;
      sendError(socket, new MeridianError('rate_limited', 'slower', { retryAfterMs }), ref);
      return;
    }
    if (!parsed.ok) {
      sendError(socket, parsed.error, ref);
      const malformed = (this.#malformed.get(socket) ?? 0) + 1;
      this.#malformed.set(socket, malformed);
      if (parsed.error.code === 'unsupported_version') {
        close(socket, CLOSE.unsupportedVersion, 'unsupported version');
      } else if (malformed >= ROOM.socket.maxMalformed) {
        close(socket, CLOSE.malformed, 'malformed messages');
      }
      return;
    }
    const { message } = parsed;
    switch (message.type) {
      case 'ping':
        send(socket, encode<roomLink.RoomToNode>({ type: 'pong', ref }));
        return;
      case 'node_hello':
        this.#hello(socket, link, message);
        return;
      case 'applied':
        this.#applied(socket, link, message);
        return;
      case 'peer_state':
        this.#peerState(link, message);
        return;
      case 'draining':
        this.#draining(link, message);
        return;
      case 'relay_silent':
        this.#relaySilent(link, message);
        return;
    }
  }

  /** Means: unknown. Only who comes next is affected, after a while. */
  closed(socket: WebSocket): void {
    const link = nodeAttachment(socket);
    if (link) this.#deadlines.clear(link.id);
    if (!link || link.stage === 'done') return;
    this.#lostAt.set(link.node_id, this.#runtime.now());
    this.#awaitMissing();
  }

  /** A node that is not to be trusted any more. */
  shutOut(nodeId: string): void {
    this.#shutOut.set(nodeId, this.#runtime.now() + CONFIG.nodeKeys.cacheMs);
    for (const [socket, link] of this.#links()) {
      if (link.node_id === nodeId) close(socket, CLOSE.unauthorized, 'the node was revoked');
    }
  }

  closeAll(): void {
    for (const [socket] of this.#links()) close(socket, CLOSE.meetingEnded, 'meeting ended');
  }

  /** Sees to it that nodes without a link are not forgotten: those of a process that died were never seen to close. */
  #awaitMissing(): void {
    if (this.#runtime.isDeleted) return;
    const { session, mesh, timers } = this.#runtime.state;
    if (!session.active) return;
    const open = [...this.#links()].filter(([socket]) => isOpen(socket));
    const linked = new Set(open.map(([, { node_id }]) => node_id));
    const missing = mesh
      .allAlive()
      .map(({ node: { node_id } }) => node_id)
      .filter((nodeId) => !linked.has(nodeId) && timers.get('unheard', nodeId) === undefined);
    if (missing.length === 0) return;
    this.#runtime.transact((op) => {
      for (const nodeId of missing) timers.set('unheard', op.now + ROOM.mesh.linkMissingMs, nodeId);
    });
  }

  #isHeard({ node: { node_id }, added_at }: MeshNode, now: number): boolean {
    const since = Math.max(added_at, this.#lostAt.get(node_id) ?? this.#startedAt);
    if (now - since < ROOM.mesh.linkMissingMs) return true;
    return this.#runtime.ctx
      .getWebSockets(TAG.nodeId(node_id))
      .some((socket) => nodeAttachment(socket)?.stage === 'ready');
  }

  #hello(socket: WebSocket, link: NodeAttachment, hello: z.infer<typeof roomLink.NodeHello>): void {
    if (hello.node_id !== link.node_id || hello.region !== link.region) {
      sendError(socket, new MeridianError('unauthorized', 'the token is of another node'), hello.ref);
      close(socket, CLOSE.unauthorized, 'unauthorized');
      return;
    }
    const ready: NodeAttachment = { ...link, stage: 'ready', boot_id: hello.boot_id };
    socket.serializeAttachment(ready);
    this.#lostAt.delete(link.node_id);
    this.#deadlines.clear(link.id);
    this.#runtime.ctx.waitUntil(this.#restarts.heard(link.node_id, hello.boot_id));
    if (this.#runtime.state.mesh.has(link.node_id)) void this.#publish();
    else this.#expectMesh(socket, ready);
  }

  #applied(socket: WebSocket, link: NodeAttachment, message: z.infer<typeof roomLink.Applied>): void {
    const { room_epoch, version } = message;
    socket.serializeAttachment({ ...link, applied: { room_epoch, version } } satisfies NodeAttachment);
    const session = this.#runtime.state.session.current;
    if (session && session.phase !== 'active' && isCurrent(message, session)) {
      close(socket, CLOSE.meetingEnded, 'meeting ended');
    }
  }

  /** A participant who turns up somewhere is attached there. One who is gone may yet be back: that is asked later. */
  #peerState(link: NodeAttachment, message: z.infer<typeof roomLink.PeerState>): void {
    const { state } = this.#runtime;
    const member = state.roster.find(message);
    if (message.boot_id !== link.boot_id || !state.session.active || !member) return;
    const here = member.node_id === link.node_id;
    if (here && !message.connected) {
      this.#runtime.transact((op) =>
        op.state.timers.set('silence', op.now + ROOM.participant.silenceMs, member.participant_id),
      );
    } else if (message.connected && (!here || member.moving_from !== null)) {
      this.#runtime.transact((op) => arriveAtNode(op, member, link.node_id));
    }
  }

  #draining(link: NodeAttachment, { boot_id, deadline }: z.infer<typeof roomLink.Draining>): void {
    if (boot_id !== link.boot_id || !this.#runtime.state.session.active) return;
    this.#runtime.log('info', deadline === null ? 'node stays' : 'node is draining', {
      node_id: link.node_id,
      deadline,
    });
    this.#runtime.transact((op) => setDraining(op, link.node_id, deadline));
  }

  /** Only of a neighbour: of others it cannot know. That it is heard again, the cell sees by itself. */
  #relaySilent(link: NodeAttachment, { node_id, silent }: z.infer<typeof roomLink.RelaySilent>): void {
    const { topology, session } = this.#runtime.state;
    const neighbours = topology.current.links.some(
      ({ a, b }) => (a === link.node_id && b === node_id) || (b === link.node_id && a === node_id),
    );
    if (!session.active || !silent || !neighbours) return;
    const isNear = ({ region }: NodeDescription) => region === link.region;
    this.#evidence.report(node_id, 'relay_silence', { id: link.node_id, isNear });
  }

  /** Gathers the changes of one moment. */
  #schedule(): void {
    this.#scheduled ??= setTimeout(() => {
      this.#scheduled = null;
      void this.#publish();
    }, ROOM.mesh.publishAfterMs);
  }

  /** Sends what should be once more, with grants that are good for longer. A mesh of one has none. */
  renewGrants(): void {
    if (this.#runtime.state.session.active && this.#runtime.state.mesh.size > 1) void this.#publish(true);
  }

  /** Tells every node that has not heard it what should be, or all of them. Never rejects. */
  async #publish(all = false): Promise<void> {
    try {
      await this.#grants.mint();
    } catch (error) {
      // Without grants the nodes still learn everything else; the next change tries again.
      this.#runtime.log('error', 'relay grants could not be minted', { error });
    }
    const { state } = this.#runtime;
    const session = state.session.current;
    if (!session) return;
    const meeting = {
      session,
      members: state.roster.all(),
      revoked: state.revocations.all(),
      mesh: state.mesh.allAlive(),
      topology: state.topology.current,
    };
    for (const [socket, link] of this.#links()) {
      if (link.stage !== 'ready' || !isOpen(socket)) continue;
      if (!all && link.sent && isCurrent(link.sent, session)) continue;
      const belongs = state.mesh.has(link.node_id);
      if (!belongs && !link.sent) continue;
      const body = belongs ? desiredState(meeting, this.#grants.of(link.node_id)) : dismissal(session);
      send(socket, encode<roomLink.DesiredState>(body));
      this.#deadlines.clear(link.id);
      const { room_epoch, desired_version: version } = session;
      socket.serializeAttachment({ ...link, sent: { room_epoch, version } } satisfies NodeAttachment);
      if (!belongs) close(socket, CLOSE.normal, 'no longer of the mesh');
    }
  }

  #expectHello(socket: WebSocket, { id, opened_at }: NodeAttachment): void {
    const left = Math.max(0, opened_at + ROOM.socket.firstMessageMs - this.#runtime.now());
    this.#deadlines.set(id, left, () => {
      if (nodeAttachment(socket)?.stage === 'new') close(socket, CLOSE.authTimeout, 'no node_hello');
    });
  }

  /** The join that brings the node into the mesh may still be on its way. */
  #expectMesh(socket: WebSocket, { id, opened_at }: NodeAttachment): void {
    const left = Math.max(0, opened_at + ROOM.mesh.awaitMeshMs - this.#runtime.now());
    this.#deadlines.set(id, left, () => {
      const link = nodeAttachment(socket);
      if (link?.stage === 'ready' && !link.sent) close(socket, CLOSE.notFound, 'not a node of the meeting');
    });
  }

  /** All links that are not closed. */
  *#links(): Generator<[WebSocket, NodeAttachment]> {
    for (const socket of this.#runtime.ctx.getWebSockets(TAG.node)) {
      const link = nodeAttachment(socket);
      if (link && link.stage !== 'done') yield [socket, link];
    }
  }
}

function isCurrent(told: { room_epoch: number; version: number }, session: Session): boolean {
  return told.room_epoch === session.room_epoch && told.version === session.desired_version;
}
