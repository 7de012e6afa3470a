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
import { MEDIA_SOCKET } from '../config.ts';
import type { Logger } from '../logger.ts';
import type { Channel, ChannelListener } from '../net/channel.ts';
import type { RelayLink } from '../relay/relay-link.ts';
import type { Meetings } from '../sfu/meetings.ts';
import type { TokenVerifier } from '../tokens/verifier.ts';

export type RelaySocketOptions = {
  channel: Channel;
  nodeId: string;
  bootId: string;
  meetings: Meetings;
  verifier: TokenVerifier;
  logger: Logger;
  settled: () => void;
};

type Hello = Extract<relay.RelayMessage, { type: 'relay_hello' }>;

/** A socket another node has opened: shows its grant, then belongs to the link with that node. */
export class RelaySocket implements ChannelListener {
  readonly #options: RelaySocketOptions;
  readonly #channel: Channel;
  readonly #helloTimer: NodeJS.Timeout;
  #link: RelayLink | null = null;
  #greeted = false;
  #isSettled = false;

  constructor(options: RelaySocketOptions) {
    this.#options = options;
    this.#channel = options.channel;
    this.#helloTimer = setTimeout(
      () => this.#channel.close(CLOSE.authTimeout, 'no hello'),
      MEDIA_SOCKET.helloTimeout,
    );
  }

  message(frame: string | ArrayBuffer): void {
    if (this.#link !== null) {
      this.#link.receive(this.#channel, frame);
      return;
    }
    const parsed = parseFrame(relay.RelayMessage, frame, LIMITS.linkFrameBytes);
    if (!parsed.ok) {
      this.#channel.send(JSON.stringify(errorMessage(parsed.error, parsed.ref)));
      this.#channel.close(
        parsed.error.code === 'unsupported_version' ? CLOSE.unsupportedVersion : CLOSE.malformed,
        'expected relay_hello',
      );
      return;
    }
    const { message } = parsed;
    if (message.type === 'ping') {
      this.#channel.send(encode<relay.RelayMessage>({ type: 'pong' }));
    } else if (message.type === 'relay_hello' && !this.#greeted) {
      this.#greeted = true;
      void this.#greet(message);
    } else {
      this.#refuse(new MeridianError('unauthorized', 'expected relay_hello'), message.ref);
    }
  }

  closed(): void {
    this.#settle();
    this.#link?.detach(this.#channel);
  }

  async #greet(hello: Hello): Promise<void> {
    try {
      await this.#accept(hello);
    } catch (error) {
      const { logger } = this.#options;
      if (!(error instanceof MeridianError)) logger.error({ err: error }, 'relay cannot be accepted');
      this.#refuse(
        error instanceof MeridianError ? error : new MeridianError('internal', 'the relay failed'),
        hello.ref,
      );
    }
  }

  async #accept(hello: Hello): Promise<void> {
    const { nodeId, bootId, verifier, meetings } = this.#options;
    const grant = await verifier.relay(hello.token);
    if (grant.to !== nodeId || grant.sub !== hello.node_id || grant.meeting !== hello.meeting_id) {
      throw new MeridianError('forbidden', 'the grant is for another relay');
    }
    const link = await meetings.open(hello.meeting_id).relay.accept(hello, this.#channel, (endpoints) => {
      this.#channel.send(
        encode<relay.RelayMessage>({
          type: 'relay_welcome',
          ...(hello.ref === undefined ? {} : { ref: hello.ref }),
          node_id: nodeId,
          boot_id: bootId,
          endpoints,
        }),
      );
    });
    this.#settle();
    this.#link = link;
    // Gone while it was being accepted: its end was not seen by the link.
    if (this.#channel.closed) link.detach(this.#channel);
  }

  #refuse(error: MeridianError, ref: Hello['ref']): void {
    this.#channel.send(JSON.stringify(errorMessage(error, ref)));
    this.#channel.close(closeCodeOf(error), error.code);
  }

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#helloTimer);
    this.#options.settled();
  }
}

function closeCodeOf(error: MeridianError): CloseCode {
  switch (error.code) {
    case 'unauthorized':
    case 'forbidden':
    case 'token_expired':
      return CLOSE.unauthorized;
    case 'meeting_ended':
      return CLOSE.meetingEnded;
    case 'conflict':
      return CLOSE.replaced;
    case 'unprocessable':
      return CLOSE.malformed;
    default:
      return CLOSE.unavailable;
  }
}
