import {
  CAPS_VERSION,
  CellToNode,
  CLOSE,
  type CloseCode,
  encode,
  LIMITS,
  type NodeDescription,
  type NodeLoad,
  type NodeToCell,
  type NodeWish,
  parseFrame,
} from '@meridian/protocol';
import { NODE_VERSION } from '../config.ts';
import type { Config } from '../env.ts';
import type { Logger } from '../logger.ts';
import { PersistentLink } from '../net/persistent-link.ts';
import { socketUrl } from '../net/socket-url.ts';
import type { NodeIdentity } from './node-identity.ts';

export type CellLinkOptions = {
  config: Config;
  identity: NodeIdentity;
  bootId: string;
  dtlsFingerprint: string;
  /** Participants it takes at most, now. */
  capacity: () => number;
  load: () => Promise<NodeLoad>;
  hostMeeting: (meetingId: string, roomUrl: string) => void;
  /** What operators want, with each registration and when they change their minds. */
  directed: (wish: NodeWish) => void;
  logger: Logger;
};

/** The link to the registry cell of the node's region: who we are, how we are, what we are to host. */
export class CellLink {
  readonly #options: CellLinkOptions;
  readonly #link: PersistentLink;
  #heartbeat: NodeJS.Timeout | undefined;
  #registered = false;
  #downSince: number | null = null;
  #beating = false;

  constructor(options: CellLinkOptions) {
    this.#options = options;
    const { config } = options;
    const url = socketUrl(new URL(`/api/v1/fleet/regions/${config.REGION}/link`, config.CONTROL_URL));
    this.#link = new PersistentLink({
      target: async () => ({
        url: url.href,
        headers: { authorization: `Bearer ${await options.identity.token()}` },
        maxFrameBytes: LIMITS.linkFrameBytes,
      }),
      opened: () => void this.#register(),
      message: (frame) => this.#received(frame),
      lost: (code) => this.#lost(code),
      // Whatever the cell says, a node without one is of no use: it goes on trying.
      isFinal: () => false,
      logger: options.logger,
    });
  }

  get registered(): boolean {
    return this.#registered;
  }

  /** Milliseconds since it was last registered, 0 while it is; null when it never was. */
  get downFor(): number | null {
    if (this.#registered) return 0;
    return this.#downSince === null ? null : performance.now() - this.#downSince;
  }

  /** Tells the cell anew who the node is: its capacity has changed. */
  async describeAgain(): Promise<void> {
    if (this.#registered) await this.#register();
  }

  /** Sends the load at once: what has changed must not wait for the next heartbeat. */
  async beat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    try {
      const load = await this.#options.load();
      if (this.#registered) this.#send({ type: 'heartbeat', boot_id: this.#options.bootId, load });
    } catch (error) {
      this.#options.logger.error({ err: error }, 'load cannot be measured');
    } finally {
      this.#beating = false;
    }
  }

  close(code: CloseCode = CLOSE.goingAway, reason = ''): void {
    clearInterval(this.#heartbeat);
    this.#link.close(code, reason);
  }

  async #register(): Promise<void> {
    try {
      const load = await this.#options.load();
      this.#send({ type: 'register', node: this.#describe(), load });
    } catch (error) {
      this.#options.logger.error({ err: error }, 'the node cannot be registered');
      this.#link.reset(CLOSE.internal, 'no load');
    }
  }

  #describe(): NodeDescription {
    const { config, bootId, dtlsFingerprint } = this.#options;
    return {
      node_id: config.NODE_ID,
      boot_id: bootId,
      region: config.REGION,
      location: { latitude: config.LATITUDE, longitude: config.LONGITUDE },
      url: `${config.PUBLIC_URL}/media`,
      relay_url: `${config.PUBLIC_URL}/relay`,
      address: config.announcedAddress,
      port: config.MEDIA_PORT,
      dtls_fingerprint: dtlsFingerprint,
      failure_domain: config.FAILURE_DOMAIN ?? config.NODE_ID,
      capacity: Math.max(1, this.#options.capacity()),
      bits_capacity_per_s: config.BITS_CAPACITY,
      version: NODE_VERSION,
      caps_version: CAPS_VERSION,
    };
  }

  #received(frame: string | ArrayBuffer): void {
    const { logger } = this.#options;
    const parsed = parseFrame(CellToNode, frame, LIMITS.linkFrameBytes);
    if (!parsed.ok) {
      logger.error({ err: parsed.error }, 'cell sent a message that cannot be read');
      return;
    }
    const { message } = parsed;
    switch (message.type) {
      case 'registered':
        logger.info({ cell: message.cell }, 'registered');
        this.#registered = true;
        this.#link.accepted();
        clearInterval(this.#heartbeat);
        this.#heartbeat = setInterval(() => void this.beat(), message.heartbeat_ms);
        this.#options.directed(message.desired);
        return;
      case 'host_meeting':
        this.#options.hostMeeting(message.meeting_id, message.room_url);
        return;
      case 'error':
        logger.warn({ code: message.code }, `cell: ${message.message}`);
        return;
      case 'directive':
        this.#options.directed(message.desired);
        return;
      case 'pong':
        return;
    }
  }

  #lost(code: number): void {
    if (this.#registered) this.#downSince = performance.now();
    this.#registered = false;
    clearInterval(this.#heartbeat);
    this.#options.logger.info({ code }, 'cell link lost');
  }

  #send(body: Parameters<typeof encode<NodeToCell>>[0]): void {
    this.#link.send(encode<NodeToCell>(body));
  }
}
