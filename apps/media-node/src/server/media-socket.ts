import { CLOSE, encode, errorMessage, LIMITS, MeridianError, mediaRpc, parseFrame } from '@meridian/protocol';
import { MEDIA_SOCKET } from '../config.ts';
import type { Channel, ChannelListener } from '../net/channel.ts';
import { TokenBucket } from '../net/token-bucket.ts';
import { refOf } from '../sfu/wire.ts';
import { ClientLine, type ClientLineOptions } from './client-line.ts';

export type MediaSocketOptions = ClientLineOptions & {
  channel: Channel;
  /** The socket has said who it is, or is gone. Called once. */
  settled: () => void;
};

type First = Exclude<mediaRpc.ClientToNode, { type: 'ping' }>;
type ResumeSession = Extract<mediaRpc.ClientToNode, { type: 'resume_session' }>;
type Ref = mediaRpc.ClientToNode['ref'];

/** A client's socket: says within its time who it is, then carries what is said on its line. */
export class MediaSocket implements ChannelListener {
  readonly #options: MediaSocketOptions;
  readonly #channel: Channel;
  readonly #bucket = new TokenBucket(MEDIA_SOCKET.burst, MEDIA_SOCKET.perSecond);
  readonly #helloTimer: NodeJS.Timeout;
  #line: ClientLine | null = null;
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
    const { observe, logger } = this.#options;
    observe.message();
    // Also bounds what may wait on the line: with the flood ends what it has brought.
    if (!this.#bucket.take()) {
      if (!this.#channel.closed) (this.#line?.logger ?? logger).warn('socket closed for flooding');
      (this.#line ?? this.#channel).close(CLOSE.flooding, 'too many messages');
      return;
    }
    const parsed = parseFrame(mediaRpc.ClientToNode, frame, LIMITS.mediaFrameBytes);
    if (!parsed.ok) {
      this.#unreadable(parsed.error, parsed.ref);
      return;
    }
    const { message } = parsed;
    if (message.type === 'ping') this.#pong(message.ref);
    else if (this.#line === null) this.#first(message);
    else this.#line.received(message);
  }

  closed(code: number): void {
    this.#options.observe.closed(code);
    this.#settle();
    this.#line?.lost(this.#channel, code);
  }

  #unreadable(error: MeridianError, ref: Ref): void {
    if (this.#line !== null) {
      this.#line.unreadable(error, ref);
      return;
    }
    this.#refuse(error, ref);
    const code = error.code === 'unsupported_version' ? CLOSE.unsupportedVersion : CLOSE.malformed;
    this.#channel.close(code, 'expected hello');
  }

  #first(message: First): void {
    if (message.type === 'hello') {
      this.#line = new ClientLine(this.#channel, this.#options);
      this.#line.greet(message, () => this.#settle());
    } else if (message.type === 'resume_session') this.#resume(message);
    else this.#refuse(new MeridianError('unauthorized', 'say hello first'), message.ref);
  }

  #resume(request: ResumeSession): void {
    const from = performance.now();
    const line = this.#options.lines.get(request.key);
    if (line?.resume(this.#channel, request) === true) {
      this.#line = line;
      this.#settle();
      this.#options.observe.answered(request.type, (performance.now() - from) / 1000);
      return;
    }
    this.#refuse(new MeridianError('session_expired', 'the session is over'), request.ref);
    this.#channel.close(CLOSE.sessionExpired, 'the session is over');
  }

  #pong(ref: Ref): void {
    this.#channel.send(encode<mediaRpc.NodeToClient>({ type: 'pong', ...refOf(ref) }));
  }

  #refuse(error: MeridianError, ref: Ref): void {
    this.#options.observe.refused(error.code);
    this.#channel.send(JSON.stringify(errorMessage(error, ref)));
  }

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#helloTimer);
    this.#options.settled();
  }
}
