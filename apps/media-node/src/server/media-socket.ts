import {
  CLOSE,
  encode,
  errorMessage,
  LIMITS,
  MeridianError,
  mediaRpc,
  type Parsed,
  parseFrame,
} from '@meridian/protocol';
import { MEDIA_SOCKET } from '../config.ts';
import type { Logger } from '../logger.ts';
import type { NodeObserver } from '../metrics/observer.ts';
import type { Channel, ChannelListener } from '../net/channel.ts';
import { TokenBucket } from '../net/token-bucket.ts';
import { ClientLine, type ClientLineOptions } from './client-line.ts';

export type MediaSocketOptions = Omit<ClientLineOptions, 'channel' | 'settled'> & {
  channel: Channel;
  logger: Logger;
  observe: NodeObserver;
  /** The socket has said who it is, or is gone. Called once. */
  settled: () => void;
};

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
    this.#options.observe.message();
    // Also bounds what may wait on the line: it has been let through here.
    if (!this.#bucket.take()) {
      if (!this.#channel.closed)
        (this.#line?.logger ?? this.#options.logger).warn('socket closed for flooding');
      this.#channel.close(CLOSE.flooding, 'too many messages');
      return;
    }
    const parsed = parseFrame(mediaRpc.ClientToNode, frame, LIMITS.mediaFrameBytes);
    if (parsed.ok && parsed.message.type === 'ping') {
      this.#pong(parsed.message.ref);
      return;
    }
    if (this.#line === null) this.#first(parsed);
    else this.#line.received(parsed);
  }

  closed(code: number): void {
    this.#options.observe.closed(code);
    this.#settle();
    this.#line?.lost(this.#channel, code);
  }

  #first(parsed: Parsed<mediaRpc.ClientToNode>): void {
    if (!parsed.ok) {
      this.#refuse(parsed.error, parsed.ref);
      this.#channel.close(
        parsed.error.code === 'unsupported_version' ? CLOSE.unsupportedVersion : CLOSE.malformed,
        'expected hello',
      );
      return;
    }
    const { message } = parsed;
    if (message.type === 'hello') {
      const line = new ClientLine({ ...this.#options, settled: () => this.#settle() });
      this.#line = line;
      line.greet(message);
    } else if (message.type === 'resume_session') this.#resume(message);
    else this.#refuse(new MeridianError('unauthorized', 'say hello first'), message.ref);
  }

  #resume({ key, received, ref }: ResumeSession): void {
    const from = performance.now();
    const line = this.#options.lines.get(key);
    if (line?.resume(this.#channel, { received, ref }) === true) {
      this.#line = line;
      this.#settle();
      this.#options.observe.answered('resume_session', (performance.now() - from) / 1000);
      return;
    }
    this.#refuse(new MeridianError('session_expired', 'the session is over'), ref);
    this.#channel.close(CLOSE.sessionExpired, 'the session is over');
  }

  #pong(ref: Ref): void {
    const answer = ref === undefined ? {} : { ref };
    this.#channel.send(encode<mediaRpc.NodeToClient>({ type: 'pong', ...answer }));
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
