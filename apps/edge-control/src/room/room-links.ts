import { CLOSE, encode, LIMITS, MeridianError, parseFrame, roomLink } from '@meridian/protocol';
import type { z } from 'zod';
import { signRelayGrant } from '../auth/tokens.ts';
import { Conduct } from './conduct.ts';
import { ROOM } from './config.ts';
import { Deadlines } from './deadlines.ts';
import { desiredState, dismissal } from './desired-state.ts';
import type { MeshCandidate } from './mesh.ts';
import { arriveAtNode, startDraining } from './moves.ts';
import type { Operation } from './operation.ts';
import type { Runtime } from './runtime.ts';
import type { Session } from './session.ts';
import { close, isOpen, type NodeAttachment, nodeAttachment, send, sendError, TAG } from './sockets.ts';

type Grant = { token: string; minted_at: number };

/** The links of the media nodes. The room says on them what should be, and learns what is. */
export class RoomLinks {
  readonly #runtime: Runtime;
  readonly #conduct = new Conduct(ROOM.nodeRate);
  readonly #malformed = new WeakMap<WebSocket, number>();
  /** When a node's link went, as far as this instance of the object has seen. */
  readonly #lostAt = new Map<string, number>();
  readonly #startedAt: number;
  readonly #deadlines = new Deadlines();
  #grants = new Map<string, Grant>();
  #scheduled: ReturnType<typeof setTimeout> | null = null;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#startedAt = runtime.now();
    runtime.onDesiredChanged = () => this.#schedule();
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
  }

  accept(nodeId: string, region: string): Response {
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
    }
  }

  /** Means: unknown. Only who comes next is affected, after a while. */
  closed(socket: WebSocket): void {
    const link = nodeAttachment(socket);
    if (link) this.#deadlines.clear(link.id);
    if (!link || link.stage === 'done') return;
    this.#lostAt.set(link.node_id, this.#runtime.now());
  }

  closeAll(): void {
    for (const [socket] of this.#links()) close(socket, CLOSE.meetingEnded, 'meeting ended');
  }

  /** The nodes of the mesh as placement sees them. */
  candidates(op: Operation): MeshCandidate[] {
    const linked = new Set<string>();
    for (const [, link] of this.#links()) if (link.stage === 'ready') linked.add(link.node_id);
    return op.state.mesh.all().map(({ node, added_at, draining_until }) => {
      const id = node.node_id;
      const since = Math.max(added_at, this.#lostAt.get(id) ?? this.#startedAt);
      const heard = linked.has(id) || op.now - since < ROOM.mesh.linkMissingMs;
      const reachable = heard && draining_until === null;
      return { node, attached: op.state.roster.attachedTo(id), reachable };
    });
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
    this.#runtime.log('info', 'node is draining', { node_id: link.node_id, deadline });
    this.#runtime.transact((op) => startDraining(op, link.node_id, deadline));
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
      await this.#mintGrants();
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
      mesh: state.mesh.all(),
    };
    for (const [socket, link] of this.#links()) {
      if (link.stage !== 'ready' || !isOpen(socket)) continue;
      if (!all && link.sent && isCurrent(link.sent, session)) continue;
      const belongs = state.mesh.has(link.node_id);
      if (!belongs && !link.sent) continue;
      const body = belongs ? desiredState(meeting, this.#grantsOf(link.node_id)) : dismissal(session);
      send(socket, encode<roomLink.DesiredState>(body));
      this.#deadlines.clear(link.id);
      const { room_epoch, desired_version: version } = session;
      socket.serializeAttachment({ ...link, sent: { room_epoch, version } } satisfies NodeAttachment);
      if (!belongs) close(socket, CLOSE.normal, 'no longer of the mesh');
    }
  }

  /** One grant for each pair of nodes: of the two, the one whose id sorts first dials. */
  async #mintGrants(): Promise<void> {
    const { env, state } = this.#runtime;
    const session = state.session.active;
    if (!session) return;
    const ids = state.mesh.all().map(({ node }) => node.node_id);
    const now = this.#runtime.now();
    const grants = new Map<string, Grant>();
    const pairs = ids.flatMap((from) => ids.filter((to) => from < to).map((to) => ({ from, to })));
    await Promise.all(
      pairs.map(async ({ from, to }) => {
        const key = pairKey(from, to);
        const held = this.#grants.get(key);
        if (held && now - held.minted_at < ROOM.mesh.renewGrantsMs) {
          grants.set(key, held);
          return;
        }
        const token = await signRelayGrant(env, { sub: from, to, meeting: session.meeting.id }, now);
        grants.set(key, { token, minted_at: now });
      }),
    );
    this.#grants = grants;
  }

  #grantsOf(from: string): Record<string, string> {
    const of: Record<string, string> = {};
    for (const { node } of this.#runtime.state.mesh.all()) {
      const grant = this.#grants.get(pairKey(from, node.node_id));
      if (grant) of[node.node_id] = grant.token;
    }
    return of;
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

function pairKey(from: string, to: string): string {
  return `${from} ${to}`;
}
