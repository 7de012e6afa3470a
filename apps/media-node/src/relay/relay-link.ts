import {
  CLOSE,
  type CloseCode,
  encode,
  errorMessage,
  LIMITS,
  MeridianError,
  parseFrame,
  relay,
} from '@meridian/protocol';
import { RELAY } from '../config.ts';
import type { DataDirectory } from '../data/data-directory.ts';
import type { Logger } from '../logger.ts';
import { TokenBucket } from '../net/token-bucket.ts';
import { IncomingStreams } from './incoming-streams.ts';
import { OutgoingStreams } from './outgoing-streams.ts';
import { RelayData } from './relay-data.ts';
import type { LevelsOnTheirWay, RelayLevels } from './relay-levels.ts';
import type { RelayBody } from './relay-message.ts';
import type { RelayPath } from './relay-path.ts';
import { RelayPulse } from './relay-pulse.ts';
import type { RelayedStreams } from './relayed-streams.ts';
import type { RelayTopology } from './route.ts';

/** A socket to the neighbour, by whichever side it was dialled. */
export type RelaySink = {
  send(frame: string): void;
  close(code: CloseCode, reason: string): void;
};

export type RelayLinkOptions = {
  self: string;
  nodeId: string;
  topology: () => RelayTopology;
  streams: RelayedStreams;
  data: DataDirectory;
  levels: RelayLevels;
  logger: Logger;
  /** A new socket is there, on which nothing has been offered yet. */
  attached: () => void;
  /** The socket was gone for longer than the grace: path and streams are given up. */
  expired: () => void;
  /** Nothing comes from the neighbour any more, neither messages nor media; or it does again. */
  silent: (silent: boolean) => void;
};

/**
 * What this node and a neighbour exchange for a meeting. Outlives its socket for a grace: path and streams stay, and
 * a new socket brings both sides to the same view again.
 */
export class RelayLink {
  readonly nodeId: string;
  readonly outgoing: OutgoingStreams;
  readonly data: RelayData;
  readonly #incoming: IncomingStreams;
  readonly #options: RelayLinkOptions;
  readonly #logger: Logger;
  readonly #pulse: RelayPulse;
  readonly #bucket = new TokenBucket(RELAY.burst, RELAY.perSecond);
  /** What the neighbour was told of levels last, by origin. */
  readonly #toldLevels = new Map<string, string>();
  #path: RelayPath | null = null;
  #sink: RelaySink | null = null;
  #grace: NodeJS.Timeout | undefined;
  #resync: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RelayLinkOptions) {
    const { self, nodeId, topology, streams, data } = options;
    this.nodeId = nodeId;
    this.#options = options;
    this.#logger = options.logger.child({ remote_node_id: nodeId });
    const send = (body: RelayBody) => this.#send(body);
    const passesOn = (route: relay.RelayRoute) => topology().passesOn(route, nodeId);
    const path = () => this.path;
    this.outgoing = new OutgoingStreams({ passesOn, path, send });
    this.#incoming = new IncomingStreams({
      self,
      nodeId,
      streams,
      path,
      connected: () => this.connected,
      send,
      logger: this.#logger,
    });
    this.data = new RelayData({
      self,
      nodeId,
      channels: data,
      passesOn,
      parent: (origin) => topology().parent(origin),
      send,
    });
    this.#pulse = new RelayPulse({
      ping: () => this.#send({ type: 'ping' }),
      bytesReceived: async () => (await this.path?.bytesReceived()) ?? 0,
      silent: options.silent,
    });
    this.#startGrace();
  }

  get connected(): boolean {
    return this.#sink !== null;
  }

  get silent(): boolean {
    return this.#pulse.silent;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get path(): RelayPath | null {
    return this.#path?.closed === false ? this.#path : null;
  }

  /** Gives up what went over the path before; its streams are pulled anew over this one. */
  setPath(path: RelayPath | null): void {
    const former = this.#path;
    this.#path = path;
    this.outgoing.clear();
    former?.close();
    path?.onClosed(() => {
      // Its worker died. Both sides agree on a new one over a new socket.
      if (this.#path === path) this.#sink?.close(CLOSE.mediaLost, 'the path is gone');
    });
  }

  /** Both sides have agreed on the path; from here on `sink` carries the exchange. */
  attach(sink: RelaySink): void {
    const former = this.#sink;
    this.#sink = sink;
    former?.close(CLOSE.replaced, 'replaced by a newer socket');
    clearTimeout(this.#grace);
    clearTimeout(this.#resync);
    this.#toldLevels.clear();
    this.outgoing.attached();
    this.data.attached();
    // Before asking again: the neighbour, which does the same, serves only what it has offered.
    this.#options.attached();
    this.#incoming.attached();
    this.#pulse.start();
    this.#resync = setTimeout(() => this.#forgetUnconfirmed(), RELAY.resync);
    this.#logger.info('relay link up');
  }

  /** The socket is gone. Says nothing of the media, so that stays. */
  detach(sink: RelaySink): void {
    if (this.#sink !== sink) return;
    this.#sink = null;
    clearTimeout(this.#resync);
    this.#incoming.detached();
    this.data.detached();
    this.#options.levels.lost(this.nodeId);
    this.#logger.info('relay link lost');
    this.#startGrace();
  }

  /** Tells who is heard at a node, if it goes this way and is news over there. */
  tellLevels({ route, levels }: LevelsOnTheirWay): void {
    if (this.#sink === null || !this.#options.topology().passesOn(route, this.nodeId)) return;
    const text = JSON.stringify(levels);
    const told = this.#toldLevels.get(route.origin);
    if (text === told || (told === undefined && levels.levels.length === 0 && levels.active === null)) return;
    this.#toldLevels.set(route.origin, text);
    this.#send({ type: 'relay_levels', ...route, ...levels });
  }

  /** A frame of the attached socket. */
  receive(sink: RelaySink, frame: string | ArrayBuffer): void {
    if (this.#closed || this.#sink !== sink) return;
    this.#pulse.heard();
    if (!this.#bucket.take()) {
      sink.close(CLOSE.flooding, 'too many messages');
      return;
    }
    const parsed = parseFrame(relay.RelayMessage, frame, LIMITS.linkFrameBytes);
    if (!parsed.ok) {
      sink.send(JSON.stringify(errorMessage(parsed.error, parsed.ref)));
      return;
    }
    const { message } = parsed;
    this.#handle(message).catch((error: unknown) => {
      const refusal =
        error instanceof MeridianError ? error : new MeridianError('internal', 'the relay failed');
      if (refusal !== error) this.#logger.error({ err: error, type: message.type }, 'relay request failed');
      sink.send(JSON.stringify(errorMessage(refusal, message.ref)));
    });
  }

  close(code: CloseCode, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#grace);
    clearTimeout(this.#resync);
    this.#pulse.close();
    this.#incoming.close();
    this.data.close();
    this.#options.levels.lost(this.nodeId);
    this.setPath(null);
    this.outgoing.close();
    const sink = this.#sink;
    this.#sink = null;
    sink?.close(code, reason);
  }

  async #handle(message: relay.RelayMessage): Promise<void> {
    switch (message.type) {
      case 'relay_stream_available':
      case 'relay_stream_updated':
      case 'relay_stream_removed':
      case 'relay_consumer':
      case 'relay_feed_over':
      case 'relay_feed_layer':
        this.#incoming.handle(message);
        return;
      case 'relay_subscribe':
      case 'relay_begin':
      case 'relay_unsubscribe':
      case 'relay_wish':
        await this.outgoing.handle(message);
        return;
      case 'relay_levels':
        this.#options.levels.receive(this.nodeId, message);
        return;
      case 'relay_data_available':
      case 'relay_data_removed':
      case 'relay_data_subscribe':
      case 'relay_data_unsubscribe':
      case 'relay_data':
        this.data.handle(message);
        return;
      case 'error':
        this.#logger.warn({ code: message.code }, `relay: ${message.message}`);
        this.#incoming.refuse(message.ref, new MeridianError(message.code, message.message));
        return;
      case 'ping':
        this.#send({ type: 'pong' });
        return;
      case 'pong':
        return;
      case 'relay_hello':
      case 'relay_welcome':
        throw new MeridianError('conflict', 'the relay is set up already');
    }
  }

  #forgetUnconfirmed(): void {
    this.#incoming.forgetUnconfirmed();
    this.data.forgetUnconfirmed();
    this.outgoing.closeDoubted();
  }

  #startGrace(): void {
    clearTimeout(this.#grace);
    this.#grace = setTimeout(() => {
      this.#incoming.close();
      this.data.close();
      this.setPath(null);
      this.outgoing.close();
      this.#options.expired();
    }, RELAY.socketGrace);
  }

  #send(body: RelayBody): void {
    this.#sink?.send(encode<relay.RelayMessage>(body));
  }
}
