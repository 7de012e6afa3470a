import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { MediaClaims, roomLink, Source } from '@meridian/protocol';
import { type Config, parseConfig } from '../env.ts';
import { MediaNode } from '../media-node.ts';
import { ControlPlane, type RoomStandIn } from './control-plane.ts';
import { MediaClient } from './media-client.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { until } from './until.ts';

const ALL_SOURCES: Source[] = ['microphone', 'camera', 'screen', 'screen_audio'];

type Member = { participantId: string; sessionId: string };

/** A control plane and nodes in this process, and one meeting on them. */
export class TestFleet {
  readonly control: ControlPlane;
  readonly meetingId = randomUUID();
  readonly nodes = new Map<string, MediaNode>();
  /** In front of the relay sockets of each node. */
  readonly relayWires = new Map<string, TcpProxy>();
  readonly #configs = new Map<string, Config>();
  readonly #members = new Map<string, Member>();
  readonly #clients: MediaClient[] = [];
  /** Of the nodes; each keeps one. */
  readonly #keys = mkdtempSync(path.join(tmpdir(), 'meridian-node-keys-'));
  readonly #epoch = Date.now();
  readonly #meetingSession = randomUUID();
  #version = 0;

  /** `env`: what the nodes' environment has beside or instead of the usual. */
  static async start(
    basePort: number,
    nodeIds: string[],
    env: Record<string, string> = {},
  ): Promise<TestFleet> {
    const control = await ControlPlane.start();
    const fleet = new TestFleet(control);
    try {
      for (const [index, id] of nodeIds.entries()) {
        const config = parseConfig({ ...fleet.environment(id, basePort + 50 * index), ...env });
        fleet.#configs.set(id, config);
        fleet.nodes.set(id, await MediaNode.start(config));
        fleet.relayWires.set(id, await TcpProxy.start(config.PORT));
      }
      const beats = () => control.cellMessages.filter((message) => message.type === 'heartbeat').length;
      await until('registration', () => nodeIds.length === 0 || beats() > 0);
    } catch (error) {
      await fleet.close();
      throw error;
    }
    return fleet;
  }

  private constructor(control: ControlPlane) {
    this.control = control;
  }

  get room(): RoomStandIn {
    return this.control.room(this.meetingId);
  }

  node(id: string): MediaNode {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  config(id: string): Config {
    const config = this.#configs.get(id);
    if (config === undefined) throw new Error(`no node ${id}`);
    return config;
  }

  url(id: string): string {
    return this.config(id).PUBLIC_URL;
  }

  /** What a node outside this process needs to belong to the fleet. */
  environment(id: string, port: number): Record<string, string> {
    const NODE_KEY_FILE = path.join(this.#keys, id);
    return { ...environmentOf(id, this.control.url, port), NODE_KEY_FILE };
  }

  member(): Member {
    const member = { participantId: randomUUID(), sessionId: randomUUID() };
    this.#members.set(member.sessionId, member);
    return member;
  }

  remove(member: Member): void {
    this.#members.delete(member.sessionId);
  }

  token(member: Member, claims: Partial<MediaClaims> = {}): Promise<string> {
    return this.control.mediaToken({
      sub: member.participantId,
      sid: member.sessionId,
      gen: 1,
      meeting: this.meetingId,
      meeting_session: this.#meetingSession,
      role: 'participant',
      kind: 'participant',
      can_publish: ALL_SOURCES,
      can_subscribe: true,
      nodes: [...this.nodes.keys()].slice(0, 4),
      exp: Math.floor(Date.now() / 1000) + 120,
      ...claims,
    });
  }

  async join(nodeId: string, member = this.member()): Promise<MediaClient> {
    return this.track(await MediaClient.join(this.url(nodeId), await this.token(member)));
  }

  /** Has a client closed with the fleet. */
  track(client: MediaClient): MediaClient {
    this.#clients.push(client);
    return client;
  }

  /** The room as it would speak now. */
  async publishState(
    changes: {
      hardMuted?: Map<string, Source[]>;
      canPublish?: Source[];
      revoked?: { session_id: string; min_gen: number }[];
      ended?: boolean;
      /** Which nodes have a relay between them, `a` before `b`. Unless given, every two. */
      links?: readonly roomLink.Link[];
      /** Which may have one while the room is away. Unless given, none beside these. */
      possible?: readonly roomLink.Link[];
      /** Where a node is; unless given, all are in one region. */
      region?: (id: string) => string;
    } = {},
  ): Promise<void> {
    const ids = [...this.nodes.keys()].filter((id) => !this.room.dismissed.has(id));
    const links = changes.links ?? pairsOf(ids.toSorted());
    const grants = new Map<string, Record<string, string>>(ids.map((id) => [id, {}]));
    for (const { a: sub, b: to } of [...links, ...(changes.possible ?? [])]) {
      const grant = await this.control.relayGrant({ sub, to, meeting: this.meetingId });
      Object.assign(grants.get(sub) ?? {}, { [to]: grant });
    }
    const state = {
      meeting_id: this.meetingId,
      meeting_session_id: this.#meetingSession,
      room_epoch: this.#epoch,
      version: ++this.#version,
      participants: [...this.#members.values()].map((member) => ({
        participant_id: member.participantId,
        session_id: member.sessionId,
        min_gen: 0,
        role: 'participant' as const,
        can_publish: changes.canPublish ?? ALL_SOURCES,
        hard_muted: changes.hardMuted?.get(member.sessionId) ?? [],
        node_id: [...this.nodes.keys()][0] ?? '',
        standby_node_id: null,
      })),
      revoked: changes.revoked ?? [],
      mesh: ids.map((id) => ({
        node_id: id,
        region: changes.region?.(id) ?? 'test-1',
        relay_url: `ws://127.0.0.1:${this.relayWires.get(id)?.port}/relay`,
      })),
      links: [...links],
      topology_epoch: this.#version,
      relay_grants: {},
      ended: changes.ended ?? false,
    };
    this.room.setState(state, (id) => grants.get(id));
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const wire of this.relayWires.values()) wire.close();
    await Promise.all([...this.nodes.values()].map((node) => node.close()));
    await this.control.close();
    rmSync(this.#keys, { recursive: true, force: true });
  }
}

/** What a node of this name needs, with its ports from `port` on. */
export function environmentOf(id: string, controlUrl: string, port: number): Record<string, string> {
  return {
    NODE_ID: id,
    REGION: 'test-1',
    LATITUDE: '52.5',
    LONGITUDE: '13.4',
    CONTROL_URL: controlUrl,
    ENROLMENT_SECRET: 'good',
    LISTEN_ADDRESS: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: `ws://127.0.0.1:${port}`,
    MEDIA_ADDRESS: '127.0.0.1',
    MEDIA_PORT: String(port + 1),
    RELAY_ADDRESS: '127.0.0.1',
    RELAY_PORT_MIN: String(port + 20),
    RELAY_PORT_MAX: String(port + 49),
    WORKERS: '1',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
  };
}

/** Every two of them. */
function pairsOf(ids: readonly string[]): roomLink.Link[] {
  return ids.flatMap((a, i) => ids.slice(i + 1).map((b) => ({ a, b })));
}
