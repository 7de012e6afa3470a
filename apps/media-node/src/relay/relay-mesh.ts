import { CLOSE, type CloseCode, MeridianError, type relay, type roomLink } from '@meridian/protocol';
import { RELAY } from '../config.ts';
import type { DataChannel } from '../data/data-channel.ts';
import type { DataDirectory } from '../data/data-directory.ts';
import { RemoteChannel } from '../data/remote-channel.ts';
import type { Config } from '../env.ts';
import type { Logger } from '../logger.ts';
import type { RouterHold } from '../sfu/meeting-routers.ts';
import type { Publication } from '../sfu/publication.ts';
import type { StreamDirectory } from '../sfu/stream-directory.ts';
import type { MeetingSpeakers } from '../speakers/meeting-speakers.ts';
import { dials, planMesh } from './mesh-plan.ts';
import { RelayDialler } from './relay-dialler.ts';
import { RelayLevels } from './relay-levels.ts';
import { RelayLink, type RelaySink } from './relay-link.ts';
import { RelayPath } from './relay-path.ts';
import { RelayRepair } from './relay-repair.ts';
import { RelayedStream } from './relayed-stream.ts';
import { RelayedStreams } from './relayed-streams.ts';
import { RelayTopology } from './route.ts';

export type RelayMeshOptions = {
  meetingId: string;
  config: Config;
  bootId: string;
  streams: StreamDirectory;
  data: DataDirectory;
  speakers: MeetingSpeakers;
  /** A hold on the router that streams of other nodes come in at. */
  router: () => Promise<RouterHold>;
  /** Nothing comes from a neighbour any more, or it does again. */
  silent: (nodeId: string, silent: boolean) => void;
  logger: Logger;
};

type Hello = Extract<relay.RelayMessage, { type: 'relay_hello' }>;
type Desired = Pick<roomLink.DesiredState, 'mesh' | 'links' | 'topology_epoch' | 'relay_grants'>;

/** The links of one meeting to its neighbours, and what passes from one to another. */
export class RelayMesh {
  readonly #options: RelayMeshOptions;
  readonly #self: string;
  readonly #streams: RelayedStreams;
  readonly #levels: RelayLevels;
  readonly #links = new Map<string, RelayLink>();
  readonly #diallers = new Map<string, RelayDialler>();
  /** By node, the latest hello that is being answered. */
  readonly #accepting = new Map<string, RelaySink>();
  /** Links with nodes that are no neighbours any more, which go on for a while. */
  readonly #leaving = new Map<string, NodeJS.Timeout>();
  /** What the room has said last; null until it has. */
  #desired: Desired | null = null;
  readonly #repair: RelayRepair;
  /** The nodes of the meeting as the room has named them last, and those it named before and does not any more. */
  #members: ReadonlySet<string> = new Set();
  readonly #dismissed = new Set<string>();
  #closed = false;

  constructor(options: RelayMeshOptions) {
    this.#options = options;
    this.#self = options.config.NODE_ID;
    const { streams, data, speakers, logger } = options;
    this.#repair = new RelayRepair({ self: this.#self, changed: () => this.#arrange(), logger });
    const parent = (origin: string) => this.#topology?.parent(origin);
    this.#streams = new RelayedStreams({ streams, parent, logger });
    this.#levels = new RelayLevels({
      self: this.#self,
      speakers,
      parent,
      changed: (levels) => {
        for (const link of this.#links.values()) link.tellLevels(levels);
      },
    });
    streams.on('added', (publication) => this.#added(publication));
    data.on('added', (channel) => this.#opened(channel));
    speakers.on('local', () => {
      for (const link of this.#links.values()) this.#tellAllLevels(link);
    });
  }

  get #topology(): RelayTopology | null {
    return this.#repair.topology;
  }

  /** Links with a socket. */
  get connected(): number {
    return [...this.#links.values()].filter((link) => link.connected).length;
  }

  /** Neighbours that nothing comes from. */
  get silent(): readonly string[] {
    const silent = [...this.#links.values()].filter((link) => link.silent).map((link) => link.nodeId);
    return [...new Set([...silent, ...this.#repair.lost])];
  }

  /** Links with neighbours as the room wants them. */
  apply(desired: Desired): void {
    if (this.#closed) return;
    this.#noteMembers(new Set(desired.mesh.map(({ node_id }) => node_id)));
    this.#desired = desired;
    this.#repair.roomSaid(desired);
    this.#arrange();
  }

  /** From now on, and until `apply`, nobody but this node sees to the loss of its neighbours. */
  roomLost(): void {
    this.#repair.roomLost();
    // It may have been before this node that others lost the room.
    for (const nodeId of [...this.#leaving.keys()]) {
      if (this.#links.get(nodeId)?.connected === true) this.#repair.dialled(nodeId);
    }
  }

  /** The room has let go of this node: what is lost is no business of it any more. */
  roomDone(): void {
    this.#repair.close();
  }

  #arrange(): void {
    const desired = this.#desired;
    if (desired === null) return;
    const { mesh, relay_grants: grants } = desired;
    const { meetingId, bootId, logger } = this.#options;
    const neighbours = this.#topology?.neighbours ?? new Set();
    const plan = planMesh(this.#self, neighbours, mesh, grants, this.#links.keys());
    const drop = new Set(plan.drop);
    for (const nodeId of this.#links.keys()) {
      if (drop.has(nodeId)) this.#leave(nodeId);
      else this.#stay(nodeId);
    }
    for (const { nodeId, url, token } of plan.dial) {
      const target = { url, token };
      const dialler = this.#diallers.get(nodeId);
      if (dialler !== undefined) {
        dialler.retarget(target);
        continue;
      }
      this.#diallers.set(
        nodeId,
        new RelayDialler({
          link: this.#link(nodeId),
          target,
          meetingId,
          self: this.#self,
          bootId,
          createPath: () => this.#createPath(),
          dismissed: () => this.#dismissedBy(nodeId),
          logger: logger.child({ remote_node_id: nodeId }),
        }),
      );
    }
    this.#streams.reconsider();
    for (const channel of this.#options.data.all()) {
      if (channel instanceof RemoteChannel) channel.reconsider();
    }
    for (const link of this.#links.values()) this.#offerAll(link);
  }

  /**
   * Answers a node that has dialled and shown its grant. Returns the link its further frames belong to; the
   * welcome goes out through `welcome` before anything else of the link does.
   */
  async accept(
    hello: Hello,
    sink: RelaySink,
    welcome: (endpoints: relay.MediaEndpoints) => void,
  ): Promise<RelayLink> {
    const nodeId = hello.node_id;
    if (this.#closed) throw new MeridianError('meeting_ended', 'the meeting has been closed');
    if (!dials(nodeId, this.#self)) throw new MeridianError('conflict', 'this side is the one to dial');
    if (this.#dismissed.has(nodeId)) throw new MeridianError('forbidden', 'the room has let go of this node');
    this.#accepting.set(nodeId, sink);
    try {
      const existing = this.#links.get(nodeId)?.path ?? null;
      const path = existing?.isConnectedTo(hello.endpoints) ? existing : await this.#createPath();
      if (path !== existing) await this.#connectOrClose(path, hello.endpoints);
      if (this.#closed || this.#accepting.get(nodeId) !== sink || path.closed) {
        if (path !== existing) path.close();
        throw new MeridianError('conflict', 'a newer socket has come');
      }
      this.#repair.dialled(nodeId);
      const link = this.#link(nodeId);
      if (path !== existing) link.setPath(path);
      welcome(path.endpoints);
      link.attach(sink);
      return link;
    } finally {
      if (this.#accepting.get(nodeId) === sink) this.#accepting.delete(nodeId);
    }
  }

  close(code: CloseCode, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#repair.close();
    for (const nodeId of [...this.#links.keys()]) this.#drop(nodeId, code, reason);
  }

  #dismissedBy(nodeId: string): void {
    if (!this.#closed && this.#repair.refused(nodeId)) this.#drop(nodeId, CLOSE.normal, 'dismissed');
  }

  /** A grant lives for an hour; the room's word outlasts it. */
  #noteMembers(members: ReadonlySet<string>): void {
    for (const nodeId of this.#members) if (!members.has(nodeId)) this.#dismissed.add(nodeId);
    for (const nodeId of members) this.#dismissed.delete(nodeId);
    this.#members = members;
  }

  #added(publication: Publication): void {
    this.#passOn(publication);
    const updated = () => {
      for (const link of this.#links.values()) link.outgoing.updated(publication);
    };
    publication.on('updated', updated);
    publication.on('flow', updated);
    publication.on('scored', updated);
    publication.on('rerouted', () => this.#passOn(publication));
    publication.once('closed', () => {
      for (const link of this.#links.values()) link.outgoing.gone(publication);
    });
  }

  #opened(channel: DataChannel): void {
    this.#passOnChannel(channel);
    if (channel instanceof RemoteChannel) channel.on('rerouted', () => this.#passOnChannel(channel));
    channel.once('closed', () => {
      for (const link of this.#links.values()) link.data.gone(channel);
    });
  }

  #passOn(publication: Publication): void {
    const route = this.#onwards(publication instanceof RelayedStream ? publication.route : null);
    for (const link of this.#links.values()) if (link.connected) link.outgoing.sync(publication, route);
  }

  #passOnChannel(channel: DataChannel): void {
    const route = this.#onwards(channel instanceof RemoteChannel ? channel.route : null);
    for (const link of this.#links.values()) if (link.connected) link.data.sync(channel, route);
  }

  /** How something is at a neighbour that has come here this way, or is of this node (null). */
  #onwards(route: relay.RelayRoute | null): relay.RelayRoute {
    const { origin, path } = route ?? { origin: this.#self, path: [] };
    return { origin, path: [...path, this.#self] };
  }

  /** All that the topology wants a neighbour to be offered. */
  #offerAll(link: RelayLink): void {
    if (!link.connected) return;
    for (const publication of this.#options.streams.everything()) {
      const route = this.#onwards(publication instanceof RelayedStream ? publication.route : null);
      link.outgoing.sync(publication, route);
    }
    for (const channel of this.#options.data.all()) {
      link.data.sync(channel, this.#onwards(channel instanceof RemoteChannel ? channel.route : null));
    }
    this.#tellAllLevels(link);
  }

  #tellAllLevels(link: RelayLink): void {
    for (const levels of this.#levels.all()) link.tellLevels(levels);
  }

  #link(nodeId: string): RelayLink {
    const known = this.#links.get(nodeId);
    if (known !== undefined) return known;
    const { data, silent, logger } = this.#options;
    const link: RelayLink = new RelayLink({
      self: this.#self,
      nodeId,
      topology: () => this.#topology ?? new RelayTopology(this.#self, []),
      streams: this.#streams,
      data,
      levels: this.#levels,
      logger,
      attached: () => {
        this.#repair.heard(nodeId);
        this.#offerAll(link);
      },
      expired: () => {
        // Where we dial, the dialler goes on trying; where we are dialled, there is nothing left to keep.
        if (!this.#diallers.has(nodeId)) this.#drop(nodeId, CLOSE.goingAway, 'gone');
      },
      silent: (isSilent) => {
        silent(nodeId, isSilent);
        if (!isSilent && !link.closed) this.#repair.heard(nodeId);
        if (isSilent && !this.#leaving.has(nodeId)) this.#repair.fellSilent(nodeId);
      },
    });
    this.#links.set(nodeId, link);
    // It may know more of the topology than we do yet; if it does not, it has no business here.
    if (this.#topology?.neighbours.has(nodeId) === false) this.#leave(nodeId);
    return link;
  }

  /** No neighbour any more: what comes and goes over the link has this long to find another way. */
  #leave(nodeId: string): void {
    if (this.#leaving.has(nodeId)) return;
    const drop = () => this.#drop(nodeId, CLOSE.normal, 'no neighbour any more');
    this.#leaving.set(nodeId, setTimeout(drop, RELAY.handover));
  }

  #stay(nodeId: string): void {
    clearTimeout(this.#leaving.get(nodeId));
    this.#leaving.delete(nodeId);
  }

  #drop(nodeId: string, code: CloseCode, reason: string): void {
    this.#stay(nodeId);
    this.#diallers.get(nodeId)?.close(code, reason);
    this.#diallers.delete(nodeId);
    const link = this.#links.get(nodeId);
    this.#links.delete(nodeId);
    link?.close(code, reason);
  }

  async #createPath(): Promise<RelayPath> {
    return RelayPath.create(await this.#options.router(), this.#options.config);
  }

  async #connectOrClose(path: RelayPath, endpoints: relay.MediaEndpoints): Promise<void> {
    try {
      await path.connect(endpoints);
    } catch (error) {
      path.close();
      throw error;
    }
  }
}
