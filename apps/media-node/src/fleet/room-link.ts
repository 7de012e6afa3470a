import { EventEmitter } from 'node:events';
import { CLOSE, type CloseCode, encode, LIMITS, parseFrame, roomLink } from '@meridian/protocol';
import { LINK } from '../config.ts';
import type { Config } from '../env.ts';
import type { Logger } from '../logger.ts';
import { PersistentLink } from '../net/persistent-link.ts';
import type { NodeIdentity } from './node-identity.ts';

type RoomLinkEvents = {
  /** What the room wants, as it came. Until the first one after `up` nothing is known of the room. */
  state: [roomLink.DesiredState];
  up: [];
  /** Unknown, not lost: it is dialled again. */
  lost: [];
  /** The room says there is nothing to link to any more. */
  ended: [CloseCode];
};

export type RoomLinkOptions = {
  config: Config;
  identity: NodeIdentity;
  bootId: string;
  /** ws(s) URL. */
  url: string;
  /** How many links of this kind the node has. */
  links: () => number;
  logger: Logger;
};

type PeerPresence = { participantId: string; sessionId: string; connected: boolean };

/** The link to the room of one meeting. */
export class RoomLink extends EventEmitter<RoomLinkEvents> {
  readonly #options: RoomLinkOptions;
  readonly #link: PersistentLink;

  constructor(options: RoomLinkOptions) {
    super();
    this.#options = options;
    this.#link = new PersistentLink({
      target: async () => ({
        url: options.url,
        headers: { authorization: `Bearer ${await options.identity.token()}` },
        maxFrameBytes: LIMITS.linkFrameBytes,
      }),
      opened: () => this.#opened(),
      message: (frame) => this.#received(frame),
      lost: (code) => this.#lost(code),
      isFinal: (code) => code === CLOSE.notFound || code === CLOSE.meetingEnded,
      backoffMax: () => Math.max(LINK.backoffMax, (options.links() / LINK.roomDialsPerSecond) * 1_000),
      logger: options.logger,
    });
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  applied(state: Pick<roomLink.DesiredState, 'room_epoch' | 'version'>): void {
    this.#send({ type: 'applied', room_epoch: state.room_epoch, version: state.version });
  }

  peerState(presence: PeerPresence): void {
    this.#send({
      type: 'peer_state',
      boot_id: this.#options.bootId,
      participant_id: presence.participantId,
      session_id: presence.sessionId,
      connected: presence.connected,
      at: Date.now(),
    });
  }

  /** Participants should be moved away by then, epoch milliseconds; null: they may stay after all. */
  draining(deadline: number | null): void {
    this.#send({ type: 'draining', boot_id: this.#options.bootId, deadline });
  }

  /** Nothing comes from a neighbour any more, or it does again. */
  relaySilent(nodeId: string, silent: boolean): void {
    this.#send({ type: 'relay_silent', node_id: nodeId, silent });
  }

  close(code: CloseCode = CLOSE.normal, reason = ''): void {
    this.removeAllListeners();
    this.#link.close(code, reason);
  }

  #opened(): void {
    const { config, bootId } = this.#options;
    this.#send({ type: 'node_hello', node_id: config.NODE_ID, boot_id: bootId, region: config.REGION });
    this.emit('up');
  }

  #received(frame: string | ArrayBuffer): void {
    const { logger } = this.#options;
    const parsed = parseFrame(roomLink.RoomToNode, frame, LIMITS.linkFrameBytes);
    if (!parsed.ok) {
      logger.error({ err: parsed.error }, 'room sent a message that cannot be read');
      return;
    }
    const { message } = parsed;
    if (message.type === 'desired_state') {
      this.#link.accepted();
      this.emit('state', message);
    } else if (message.type === 'error') logger.warn({ code: message.code }, `room: ${message.message}`);
  }

  #lost(code: number): void {
    this.#options.logger.info({ code }, 'room link lost');
    if (code === CLOSE.notFound || code === CLOSE.meetingEnded) this.emit('ended', code);
    else this.emit('lost');
  }

  #send(body: Parameters<typeof encode<roomLink.NodeToRoom>>[0]): void {
    this.#link.send(encode<roomLink.NodeToRoom>(body));
  }
}
