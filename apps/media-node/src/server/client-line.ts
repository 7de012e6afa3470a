import { randomBytes } from 'node:crypto';
import {
  CAPS_VERSION,
  CLOSE,
  type CloseCode,
  encode,
  errorMessage,
  MeridianError,
  type mediaRpc,
  Replay,
} from '@meridian/protocol';
import { MEDIA_SOCKET } from '../config.ts';
import type { Logger } from '../logger.ts';
import type { NodeObserver } from '../metrics/observer.ts';
import type { Channel } from '../net/channel.ts';
import { assertNames } from '../sfu/claims.ts';
import type { Meetings } from '../sfu/meetings.ts';
import type { Peer, PeerOutlet } from '../sfu/peer.ts';
import { handleRequest, type PeerRequest } from '../sfu/peer-requests.ts';
import { type NodeToClientBody, refOf, transportToWire } from '../sfu/wire.ts';
import type { TokenVerifier } from '../tokens/verifier.ts';

export type ClientLineOptions = {
  nodeId: string;
  region: string;
  bootId: string;
  meetings: Meetings;
  verifier: TokenVerifier;
  /** Those that can be resumed, by their keys. A line is among them for as long as its peer is there. */
  lines: Map<string, ClientLine>;
  logger: Logger;
  observe: NodeObserver;
};

type Hello = Extract<mediaRpc.ClientToNode, { type: 'hello' }>;
type ResumeSession = Extract<mediaRpc.ClientToNode, { type: 'resume_session' }>;
type Ref = mediaRpc.ClientToNode['ref'];

/**
 * What a client and its peer say to each other, over one socket after another: requests are done one by one, and what
 * the client may not have got when a socket broke off is said again over the next.
 */
export class ClientLine implements PeerOutlet {
  readonly #options: ClientLineOptions;
  readonly #key = randomBytes(16).toString('base64url');
  readonly #replay = new Replay(MEDIA_SOCKET.replay);
  #channel: Channel | null;
  #peer: Peer | null = null;
  #received = 0;
  /** The highest one that has come. */
  #attempt = 0;
  #closed = false;
  /** Requests are done in their order: what a client sends in one go may build on what went before. */
  #queue: Promise<void> = Promise.resolve();

  /** `channel`: the socket that says hello. */
  constructor(channel: Channel, options: ClientLineOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  get closed(): boolean {
    return this.#channel === null || this.#channel.closed;
  }

  get logger(): Logger {
    return this.#peer?.logger ?? this.#options.logger;
  }

  /** `settled` is called when the hello was good. */
  greet(hello: Hello, settled: () => void): void {
    const from = performance.now();
    this.#queue = this.#queue.then(async () => {
      try {
        await this.#join(hello);
        settled();
        this.#options.observe.answered(hello.type, (performance.now() - from) / 1000);
      } catch (error) {
        const refusal = this.#errorOf(error);
        this.#refuse(refusal, hello.ref);
        this.close(closeCodeOf(refusal), refusal.code);
      }
    });
  }

  /** A message of its socket. */
  received(message: Exclude<mediaRpc.ClientToNode, { type: 'ping' }>): void {
    if (message.type === 'hello' || message.type === 'resume_session') {
      this.#refuse(new MeridianError('conflict', 'hello has been said'), message.ref);
      return;
    }
    this.#received += 1;
    this.#queue = this.#queue.then(() => this.#request(message));
  }

  /** A frame of its socket that cannot be read. */
  unreadable(error: MeridianError, ref: Ref): void {
    this.#received += 1;
    this.#refuse(error, ref);
  }

  /** Goes on over another socket. False: that cannot be done any more. */
  resume(channel: Channel, { attempt, received, ref }: ResumeSession): boolean {
    const missing = this.#replay.after(received);
    const peer = this.#peer;
    if (this.#closed || peer === null || missing === null || attempt <= this.#attempt) return false;
    this.#attempt = attempt;
    const former = this.#channel;
    this.#channel = channel;
    // Only this side may think that it is still open.
    former?.close(CLOSE.replaced, 'replaced by a newer socket');
    const answer = { type: 'session_resumed', ...refOf(ref), received: this.#received } as const;
    channel.send(encode<mediaRpc.NodeToClient>(answer));
    for (const frame of missing) channel.send(frame);
    peer.logger.info({ missing: missing.length }, 'session resumed');
    peer.attach();
    return true;
  }

  /** A socket is gone. */
  lost(channel: Channel, code: number): void {
    if (this.#channel !== channel) return;
    this.#channel = null;
    // A goodbye of the client or of its page; anything else may be a network that is back in a moment.
    if (code === CLOSE.normal || code === CLOSE.goingAway) this.#peer?.close(code, 'left');
    else this.#peer?.detach();
  }

  send(body: NodeToClientBody): void {
    this.#say(encode<mediaRpc.NodeToClient>(body));
  }

  /** Nothing is said any more, and what has not been done yet is not done. */
  close(code: CloseCode, reason: string): void {
    this.#closed = true;
    this.#options.lines.delete(this.#key);
    this.#channel?.close(code, reason);
  }

  async #join(hello: Hello): Promise<void> {
    const { verifier, meetings, nodeId, region, bootId, lines } = this.#options;
    if (hello.caps_version !== CAPS_VERSION) {
      throw new MeridianError('caps_mismatch', `this node has version ${CAPS_VERSION}`);
    }
    const claims = await verifier.media(hello.token);
    assertNames(claims, nodeId);
    const peer = await meetings.join({
      claims,
      capabilities: hello.rtp_capabilities,
      standby: hello.mode === 'standby',
      receivedBitrate: hello.received_bitrate ?? 0,
      outlet: this,
    });
    this.#peer = peer;
    if (!this.#closed) lines.set(this.#key, this);
    this.send({
      type: 'welcome',
      ...refOf(hello.ref),
      node_id: nodeId,
      region,
      boot_id: bootId,
      server_time: Date.now(),
      send_transport: transportToWire(peer.sendTransport),
      recv_transport: transportToWire(peer.recvTransport),
      streams: peer.available,
      resume_key: this.#key,
    });
    peer.start();
    peer.logger.info({ standby: peer.standby }, 'peer joined');
  }

  async #request(request: PeerRequest): Promise<void> {
    const peer = this.#peer;
    if (peer === null || this.#closed) return;
    const { nodeId, verifier, observe } = this.#options;
    const from = performance.now();
    try {
      const answer = await handleRequest(peer, request, { id: nodeId, verifier });
      // An acknowledgement is for who asked for one; results are sent in any case.
      if (answer.type !== 'ok' || request.ref !== undefined) this.send({ ...answer, ...refOf(request.ref) });
    } catch (error) {
      this.#refuse(this.#errorOf(error), request.ref);
    } finally {
      observe.answered(request.type, (performance.now() - from) / 1000);
    }
  }

  #errorOf(error: unknown): MeridianError {
    if (error instanceof MeridianError) {
      // Not the client's doing.
      if (error.code === 'timeout' || error.code === 'overloaded') {
        this.logger.warn({ err: error }, 'request failed');
      }
      return error;
    }
    this.logger.error({ err: error }, 'request failed');
    return new MeridianError('internal', 'the request failed');
  }

  #refuse(error: MeridianError, ref: Ref): void {
    this.#options.observe.refused(error.code);
    this.#say(JSON.stringify(errorMessage(error, ref)));
  }

  #say(frame: string): void {
    if (this.#closed) return;
    this.#replay.add(frame);
    this.#channel?.send(frame);
  }
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
