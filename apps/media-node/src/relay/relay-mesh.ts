import { CLOSE, type CloseCode, MeridianError, type relay, type roomLink } from '@meridian/protocol';
import type { Config } from '../config.ts';
import type { DataDirectory } from '../data/data-directory.ts';
import type { LocalChannel } from '../data/local-channel.ts';
import type { Logger } from '../logger.ts';
import type { RouterHold } from '../sfu/meeting-routers.ts';
import type { Publication } from '../sfu/publication.ts';
import type { StreamDirectory } from '../sfu/stream-directory.ts';
import type { MeetingSpeakers } from '../speakers/meeting-speakers.ts';
import { dials, planMesh } from './mesh-plan.ts';
import { RelayDialler } from './relay-dialler.ts';
import { RelayLink, type RelaySink } from './relay-link.ts';
import { RelayPipe } from './relay-pipe.ts';

export type RelayMeshOptions = {
  meetingId: string;
  config: Config;
  bootId: string;
  streams: StreamDirectory;
  data: DataDirectory;
  speakers: MeetingSpeakers;
  /** A hold on the router that streams of other nodes come in at. */
  router: () => Promise<RouterHold>;
  logger: Logger;
};

type Hello = Extract<relay.RelayMessage, { type: 'relay_hello' }>;
type DesiredState = roomLink.DesiredState;

/** The links of one meeting to its other nodes. */
export class RelayMesh {
  readonly #options: RelayMeshOptions;
  readonly #links = new Map<string, RelayLink>();
  readonly #diallers = new Map<string, RelayDialler>();
  /** By node, the latest hello that is being answered. */
  readonly #accepting = new Map<string, RelaySink>();
  #closed = false;

  constructor(options: RelayMeshOptions) {
    this.#options = options;
    options.streams.on('published', (publication) => this.#published(publication));
    options.data.on('opened', (channel) => this.#opened(channel));
    options.speakers.on('local', () => {
      for (const link of this.#links.values()) link.tellLevels();
    });
  }

  /** Links with a socket. */
  get connected(): number {
    return [...this.#links.values()].filter((link) => link.connected).length;
  }

  /** Links with nodes as the room wants them. */
  apply(mesh: DesiredState['mesh'], grants: DesiredState['relay_grants']): void {
    if (this.#closed) return;
    const { config, meetingId, bootId, logger } = this.#options;
    const plan = planMesh(config.NODE_ID, mesh, grants, this.#links.keys());
    for (const nodeId of plan.drop) this.#drop(nodeId, CLOSE.normal, 'not of this meeting any more');
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
          self: config.NODE_ID,
          bootId,
          createPipe: () => this.#createPipe(),
          logger: logger.child({ remote_node_id: nodeId }),
        }),
      );
    }
  }

  /**
   * Answers a node that has dialled and shown its grant. Returns the link its further frames belong to; the
   * welcome goes out through `welcome` before anything else of the link does.
   */
  async accept(
    hello: Hello,
    sink: RelaySink,
    welcome: (endpoint: relay.PipeEndpoint) => void,
  ): Promise<RelayLink> {
    const nodeId = hello.node_id;
    if (this.#closed) throw new MeridianError('meeting_ended', 'the meeting has been closed');
    if (!dials(nodeId, this.#options.config.NODE_ID)) {
      throw new MeridianError('conflict', 'this side is the one to dial');
    }
    this.#accepting.set(nodeId, sink);
    try {
      const existing = this.#links.get(nodeId)?.pipe ?? null;
      const pipe = existing?.isConnectedTo(hello.endpoint) ? existing : await this.#createPipe();
      if (pipe !== existing) await this.#connectOrClose(pipe, hello.endpoint);
      if (this.#closed || this.#accepting.get(nodeId) !== sink || pipe.closed) {
        if (pipe !== existing) pipe.close();
        throw new MeridianError('conflict', 'a newer socket has come');
      }
      const link = this.#link(nodeId);
      if (pipe !== existing) link.setPipe(pipe);
      welcome(pipe.endpoint);
      link.attach(sink);
      return link;
    } finally {
      if (this.#accepting.get(nodeId) === sink) this.#accepting.delete(nodeId);
    }
  }

  close(code: CloseCode, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const nodeId of [...this.#links.keys()]) this.#drop(nodeId, code, reason);
  }

  #published(publication: Publication): void {
    for (const link of this.#links.values()) link.announce(publication);
    publication.on('updated', () => {
      for (const link of this.#links.values()) link.announceUpdate(publication);
    });
    publication.once('closed', () => {
      for (const link of this.#links.values()) link.announceRemoval(publication);
    });
  }

  #opened(channel: LocalChannel): void {
    for (const link of this.#links.values()) link.data.announce(channel);
    channel.once('closed', () => {
      for (const link of this.#links.values()) link.data.announceRemoval(channel);
    });
  }

  #link(nodeId: string): RelayLink {
    const known = this.#links.get(nodeId);
    if (known !== undefined) return known;
    const { config, streams, data, speakers, logger } = this.#options;
    const link = new RelayLink({
      self: config.NODE_ID,
      nodeId,
      streams,
      data,
      speakers,
      logger,
      expired: () => {
        // Where we dial, the dialler goes on trying; where we are dialled, there is nothing left to keep.
        if (!this.#diallers.has(nodeId)) this.#drop(nodeId, CLOSE.goingAway, 'gone');
      },
    });
    this.#links.set(nodeId, link);
    return link;
  }

  #drop(nodeId: string, code: CloseCode, reason: string): void {
    this.#diallers.get(nodeId)?.close(code, reason);
    this.#diallers.delete(nodeId);
    this.#links.get(nodeId)?.close(code, reason);
    this.#links.delete(nodeId);
  }

  async #createPipe(): Promise<RelayPipe> {
    return RelayPipe.create(await this.#options.router(), this.#options.config);
  }

  async #connectOrClose(pipe: RelayPipe, endpoint: relay.PipeEndpoint): Promise<void> {
    try {
      await pipe.connect(endpoint);
    } catch (error) {
      pipe.close();
      throw error;
    }
  }
}
