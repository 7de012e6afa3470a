import {
  CAPS_VERSION,
  CLOSE,
  type CloseCode,
  encode,
  errorMessage,
  LIMITS,
  MeridianError,
  mediaRpc,
  parseFrame,
} from '@meridian/protocol';
import { MEDIA_SOCKET } from '../config.ts';
import type { Logger } from '../logger.ts';
import type { NodeObserver } from '../metrics/observer.ts';
import type { Channel, ChannelListener } from '../net/channel.ts';
import { TokenBucket } from '../net/token-bucket.ts';
import { assertNames } from '../sfu/claims.ts';
import type { Meetings } from '../sfu/meetings.ts';
import type { Peer } from '../sfu/peer.ts';
import { handleRequest, type PeerRequest } from '../sfu/peer-requests.ts';
import { type NodeToClientBody, transportToWire } from '../sfu/wire.ts';
import type { TokenVerifier } from '../tokens/verifier.ts';

export type MediaSocketOptions = {
  channel: Channel;
  nodeId: string;
  region: string;
  bootId: string;
  meetings: Meetings;
  verifier: TokenVerifier;
  logger: Logger;
  observe: NodeObserver;
  /** The socket has said who it is, or is gone. Called once. */
  settled: () => void;
};

type Hello = Extract<mediaRpc.ClientToNode, { type: 'hello' }>;
type Ref = mediaRpc.ClientToNode['ref'];

/** A client's socket: says hello within its time, then carries the requests of its peer one by one. */
export class MediaSocket implements ChannelListener {
  readonly #options: MediaSocketOptions;
  readonly #channel: Channel;
  readonly #bucket = new TokenBucket(MEDIA_SOCKET.burst, MEDIA_SOCKET.perSecond);
  readonly #helloTimer: NodeJS.Timeout;
  #state: 'new' | 'greeting' | 'open' = 'new';
  #peer: Peer | null = null;
  /** Requests are done in their order: what a client sends in one go may build on what went before. */
  #queue: Promise<void> = Promise.resolve();
  #isSettled = false;

  constructor(options: MediaSocketOptions) {
    this.#options = options;
    this.#channel = options.channel;
    this.#helloTimer = setTimeout(
      () => this.#channel.close(CLOSE.authTimeout, 'no hello'),
      MEDIA_SOCKET.helloTimeout,
    );
  }

  message(frame: string | ArrayBuffer): void {
    this.#options.observe.message();
    // Also bounds the queue: what may wait in it has been let through here.
    if (!this.#bucket.take()) {
      if (!this.#channel.closed) this.#logger.warn('socket closed for flooding');
      this.#channel.close(CLOSE.flooding, 'too many messages');
      return;
    }
    const parsed = parseFrame(mediaRpc.ClientToNode, frame, LIMITS.mediaFrameBytes);
    if (!parsed.ok) {
      this.#refuse(parsed.error, parsed.ref);
      if (this.#state === 'new') {
        this.#channel.close(
          parsed.error.code === 'unsupported_version' ? CLOSE.unsupportedVersion : CLOSE.malformed,
          'expected hello',
        );
      }
      return;
    }
    const { message } = parsed;
    if (message.type === 'ping') {
      this.#send({ type: 'pong', ...refOf(message.ref) });
      return;
    }
    if (message.type === 'hello') this.#greet(message);
    else if (this.#state === 'new') {
      this.#refuse(new MeridianError('unauthorized', 'say hello first'), message.ref);
    } else {
      this.#queue = this.#queue.then(() => this.#request(message));
    }
  }

  closed(code: number): void {
    this.#options.observe.closed(code);
    this.#settle();
    // A goodbye of the client or of its page; anything else may be a network that is back in a moment.
    if (code === CLOSE.normal || code === CLOSE.goingAway) this.#peer?.close(code, 'left');
    else this.#peer?.detach();
  }

  #greet(hello: Hello): void {
    if (this.#state !== 'new') {
      this.#refuse(new MeridianError('conflict', 'hello has been said'), hello.ref);
      return;
    }
    this.#state = 'greeting';
    const from = performance.now();
    this.#queue = this.#queue.then(async () => {
      try {
        await this.#join(hello);
        this.#options.observe.answered(hello.type, (performance.now() - from) / 1000);
      } catch (error) {
        const refusal = this.#errorOf(error);
        this.#refuse(refusal, hello.ref);
        this.#channel.close(closeCodeOf(refusal), refusal.code);
      }
    });
  }

  async #join(hello: Hello): Promise<void> {
    const { verifier, meetings, nodeId, region, bootId } = this.#options;
    if (hello.caps_version !== CAPS_VERSION) {
      throw new MeridianError('caps_mismatch', `this node has version ${CAPS_VERSION}`);
    }
    const claims = await verifier.media(hello.token);
    assertNames(claims, nodeId);
    const { channel } = this.#options;
    const peer = await meetings.join({
      claims,
      capabilities: hello.rtp_capabilities,
      standby: hello.mode === 'standby',
      receivedBitrate: hello.received_bitrate ?? 0,
      outlet: {
        get closed() {
          return channel.closed;
        },
        send: (body) => this.#send(body),
        close: (code, reason) => channel.close(code, reason),
      },
    });
    this.#state = 'open';
    this.#settle();
    this.#peer = peer;
    this.#send({
      type: 'welcome',
      ...refOf(hello.ref),
      node_id: nodeId,
      region,
      boot_id: bootId,
      server_time: Date.now(),
      send_transport: transportToWire(peer.sendTransport),
      recv_transport: transportToWire(peer.recvTransport),
      streams: peer.available,
    });
    peer.start();
    peer.logger.info({ standby: peer.standby }, 'peer joined');
  }

  async #request(request: PeerRequest): Promise<void> {
    const peer = this.#peer;
    if (peer === null || peer.closed || this.#channel.closed) return;
    const { nodeId, verifier, observe } = this.#options;
    const from = performance.now();
    try {
      const answer = await handleRequest(peer, request, { id: nodeId, verifier });
      // An acknowledgement is for who asked for one; results are sent in any case.
      if (answer.type !== 'ok' || request.ref !== undefined) this.#send({ ...answer, ...refOf(request.ref) });
    } catch (error) {
      this.#refuse(this.#errorOf(error), request.ref);
    } finally {
      observe.answered(request.type, (performance.now() - from) / 1000);
    }
  }

  get #logger(): Logger {
    return this.#peer?.logger ?? this.#options.logger;
  }

  #errorOf(error: unknown): MeridianError {
    if (error instanceof MeridianError) {
      // Not the client's doing.
      if (error.code === 'timeout' || error.code === 'overloaded') {
        this.#logger.warn({ err: error }, 'request failed');
      }
      return error;
    }
    this.#logger.error({ err: error }, 'request failed');
    return new MeridianError('internal', 'the request failed');
  }

  #refuse(error: MeridianError, ref: Ref): void {
    this.#options.observe.refused(error.code);
    this.#channel.send(JSON.stringify(errorMessage(error, ref)));
  }

  #send(body: NodeToClientBody): void {
    this.#channel.send(encode<mediaRpc.NodeToClient>(body));
  }

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#helloTimer);
    this.#options.settled();
  }
}

function refOf(ref: Ref): { ref?: NonNullable<Ref> } {
  return ref === undefined ? {} : { ref };
}

/** How a socket is closed whose hello was refused: for good, unless trying again can help. */
function closeCodeOf(error: MeridianError): CloseCode {
  switch (error.code) {
    case 'caps_mismatch':
      return CLOSE.unsupportedVersion;
    case 'removed':
      return CLOSE.removed;
    case 'meeting_ended':
      return CLOSE.meetingEnded;
    case 'unauthorized':
    case 'forbidden':
    case 'token_expired':
      return CLOSE.unauthorized;
    default:
      return CLOSE.unavailable;
  }
}
