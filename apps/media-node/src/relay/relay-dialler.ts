import { CLOSE, type CloseCode, encode, LIMITS, parseFrame, relay } from '@meridian/protocol';
import { RELAY } from '../config.ts';
import type { Logger } from '../logger.ts';
import { PersistentLink } from '../net/persistent-link.ts';
import type { RelayLink, RelaySink } from './relay-link.ts';
import type { RelayPath } from './relay-path.ts';

/** Where to dial and what with. Grants are renewed by the room; the one at hand at each dial counts. */
export type DialTarget = { url: string; token: string };

export type RelayDiallerOptions = {
  link: RelayLink;
  target: DialTarget;
  meetingId: string;
  self: string;
  bootId: string;
  createPath: () => Promise<RelayPath>;
  /** The other side has ended it in order, since this node is no neighbour to it. */
  dismissed: () => void;
  logger: Logger;
};

/** The dialling side of a relay: keeps a socket up, and a path that both sides agree on. */
export class RelayDialler {
  readonly #options: RelayDiallerOptions;
  readonly #socket: PersistentLink;
  #target: DialTarget;
  #sink: RelaySink | null = null;
  #welcome: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RelayDiallerOptions) {
    this.#options = options;
    this.#target = options.target;
    this.#socket = new PersistentLink({
      target: async () => ({
        url: this.#target.url,
        protocols: [relay.RELAY_SUBPROTOCOL],
        maxFrameBytes: LIMITS.linkFrameBytes,
      }),
      opened: () => void this.#hello(),
      message: (frame) => this.#received(frame),
      lost: (code) => this.#lost(code),
      // A refusal may be of an old grant or an old mesh; the room's next word decides, not the other node.
      isFinal: () => false,
      backoffMax: () => RELAY.redialMax,
      logger: options.logger,
    });
  }

  retarget(target: DialTarget): void {
    this.#target = target;
  }

  close(code: CloseCode, reason: string): void {
    this.#closed = true;
    clearTimeout(this.#welcome);
    this.#socket.close(code, reason);
  }

  async #hello(): Promise<void> {
    const { link, meetingId, self, bootId, createPath, logger } = this.#options;
    clearTimeout(this.#welcome);
    this.#welcome = setTimeout(() => {
      logger.warn('the neighbour has not answered our hello');
      this.#socket.reset(CLOSE.unavailable, 'no welcome');
    }, RELAY.requestTimeout);
    try {
      if (link.path === null) {
        const path = await createPath();
        if (link.closed || link.path !== null) path.close();
        else link.setPath(path);
      }
    } catch (error) {
      logger.error({ err: error }, 'no path for the relay');
      this.#socket.reset(CLOSE.internal, 'no path');
      return;
    }
    const { path } = link;
    if (link.closed || path === null) return;
    this.#socket.send(
      encode<relay.RelayMessage>({
        type: 'relay_hello',
        token: this.#target.token,
        meeting_id: meetingId,
        node_id: self,
        boot_id: bootId,
        endpoints: path.endpoints,
      }),
    );
  }

  #received(frame: string | ArrayBuffer): void {
    const { link, logger } = this.#options;
    if (this.#sink !== null) {
      link.receive(this.#sink, frame);
      return;
    }
    const parsed = parseFrame(relay.RelayMessage, frame, LIMITS.linkFrameBytes);
    if (!parsed.ok) logger.warn({ err: parsed.error }, 'relay sent a message that cannot be read');
    else if (parsed.message.type === 'relay_welcome') this.#welcomed(parsed.message.endpoints);
    else if (parsed.message.type === 'error') {
      logger.warn({ code: parsed.message.code }, `relay refused: ${parsed.message.message}`);
    }
  }

  #welcomed(remote: relay.MediaEndpoints): void {
    const { link, logger } = this.#options;
    const { path } = link;
    clearTimeout(this.#welcome);
    if (link.closed || path === null) {
      this.#socket.reset(CLOSE.goingAway, 'the path is gone');
      return;
    }
    if (path.connected && !path.isConnectedTo(remote)) {
      // The other node has a new end for it; a path connects once, so the next hello brings a new one.
      link.setPath(null);
      this.#socket.reset(CLOSE.goingAway, 'the other end is new');
      return;
    }
    if (!path.connected) {
      path.connect(remote).catch((error: unknown) => {
        logger.error({ err: error }, 'relay path cannot be connected');
        if (link.path === path) link.setPath(null);
        this.#socket.reset(CLOSE.internal, 'path');
      });
    }
    this.#socket.accepted();
    // At once, not when connected: what the other node offers follows its welcome directly.
    this.#sink = {
      send: (text) => this.#socket.send(text),
      close: (code, reason) => this.#socket.reset(code, reason),
    };
    link.attach(this.#sink);
  }

  #lost(code: number): void {
    clearTimeout(this.#welcome);
    const sink = this.#sink;
    this.#sink = null;
    if (sink !== null) this.#options.link.detach(sink);
    // The other end of the path is gone: the next hello comes with another, not with one that leads nowhere.
    if (code === CLOSE.mediaLost) this.#options.link.setPath(null);
    if (code === CLOSE.normal && !this.#closed) this.#options.dismissed();
  }
}
