import {
  CLOSE,
  type CloseCode,
  encode,
  errorMessage,
  LIMITS,
  MeridianError,
  parseFrame,
  producerId,
  relay,
} from '@meridian/protocol';
import { RELAY } from '../config.ts';
import type { DataDirectory } from '../data/data-directory.ts';
import type { Logger } from '../logger.ts';
import { TokenBucket } from '../net/token-bucket.ts';
import type { Publication, StreamInfo, Tap } from '../sfu/publication.ts';
import type { StreamDirectory } from '../sfu/stream-directory.ts';
import type { MeetingSpeakers } from '../speakers/meeting-speakers.ts';
import { OutgoingStreams } from './outgoing-streams.ts';
import { RelayData } from './relay-data.ts';
import type { RelayPipe } from './relay-pipe.ts';
import { RelayedStream } from './relayed-stream.ts';
import { Requests } from './requests.ts';

/** A socket to the other node, by whichever side it was dialled. */
export type RelaySink = {
  send(frame: string): void;
  close(code: CloseCode, reason: string): void;
};

export type RelayLinkOptions = {
  self: string;
  nodeId: string;
  streams: StreamDirectory;
  data: DataDirectory;
  speakers: MeetingSpeakers;
  logger: Logger;
  /** The socket was gone for longer than the grace: pipe and streams are given up. */
  expired: () => void;
};

/** What a new socket knows of levels. */
const SILENCE = JSON.stringify({ levels: [], active: null });

type RelayBody = Parameters<typeof encode<relay.RelayMessage>>[0];
type Consumer = Extract<relay.RelayMessage, { type: 'relay_consumer' }>;

/**
 * What this node and one other exchange for a meeting. Outlives its socket for a grace: pipe and streams
 * stay, and a new socket brings both sides to the same view again.
 */
export class RelayLink {
  readonly nodeId: string;
  readonly data: RelayData;
  readonly #options: RelayLinkOptions;
  readonly #logger: Logger;
  readonly #offered = new Map<string, RelayedStream>();
  readonly #outgoing = new OutgoingStreams();
  readonly #requests = new Requests<Consumer>();
  readonly #bucket = new TokenBucket(RELAY.burst, RELAY.perSecond);
  /** Offers from before the present socket that it has not repeated yet. */
  readonly #unconfirmed = new Set<string>();
  #pipe: RelayPipe | null = null;
  #sink: RelaySink | null = null;
  #grace: NodeJS.Timeout | undefined;
  #resync: NodeJS.Timeout | undefined;
  /** What the other node was told of levels last. */
  #toldLevels = SILENCE;
  #closed = false;

  constructor(options: RelayLinkOptions) {
    this.nodeId = options.nodeId;
    this.#options = options;
    this.#logger = options.logger.child({ remote_node_id: options.nodeId });
    this.data = new RelayData(options.data, (body) => this.#send(body));
    this.#startGrace();
  }

  get connected(): boolean {
    return this.#sink !== null;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get pipe(): RelayPipe | null {
    return this.#pipe?.closed === false ? this.#pipe : null;
  }

  /** Gives up what went over the pipe before; its streams are pulled anew over this one. */
  setPipe(pipe: RelayPipe | null): void {
    const former = this.#pipe;
    this.#pipe = pipe;
    this.#outgoing.clear();
    former?.close();
    pipe?.onClosed(() => {
      // Its worker died. Both sides agree on a new one over a new socket.
      if (this.#pipe === pipe) this.#sink?.close(CLOSE.goingAway, 'the pipe is gone');
    });
  }

  /** Both sides have agreed on the pipe; from here on `sink` carries the exchange. */
  attach(sink: RelaySink): void {
    const former = this.#sink;
    this.#sink = sink;
    former?.close(CLOSE.replaced, 'replaced by a newer socket');
    this.#requests.refuseAll(new MeridianError('timeout', 'the relay socket was replaced'));
    clearTimeout(this.#grace);
    clearTimeout(this.#resync);
    for (const key of this.#offered.keys()) this.#unconfirmed.add(key);
    this.#outgoing.doubtAll();
    for (const publication of this.#options.streams.local()) this.announce(publication);
    for (const offered of this.#offered.values()) if (offered.pulled) this.#confirm(offered);
    this.data.attached();
    this.#toldLevels = SILENCE;
    this.tellLevels();
    this.#resync = setTimeout(() => this.#forgetUnconfirmed(), RELAY.resync);
    this.#logger.info('relay link up');
  }

  /** The socket is gone. Says nothing of the media, so that stays. */
  detach(sink: RelaySink): void {
    if (this.#sink !== sink) return;
    this.#sink = null;
    clearTimeout(this.#resync);
    this.#requests.refuseAll(new MeridianError('timeout', 'the relay socket is gone'));
    this.data.detached();
    // Nobody is heard from there any more, and an old level would go on for ever.
    this.#options.speakers.heard(this.nodeId, null);
    this.#logger.info('relay link lost');
    this.#startGrace();
  }

  announce(publication: Publication): void {
    const { self } = this.#options;
    this.#send({ type: 'relay_stream_available', stream: publication.stream, origin: self, path: [self] });
  }

  announceUpdate(publication: Publication): void {
    this.#send({ type: 'relay_stream_updated', stream: publication.stream });
  }

  announceRemoval(publication: Publication): void {
    const { stream_id, generation } = publication.stream;
    this.#send({ type: 'relay_stream_removed', stream_id, generation });
  }

  /** Tells who is heard here, if that is news over there. */
  tellLevels(): void {
    const { self, speakers } = this.#options;
    const { levels, active } = speakers.local;
    // Only the first of two nodes is asked for its choice.
    const told = { levels, active: self < this.nodeId ? active : null };
    const text = JSON.stringify(told);
    if (text === this.#toldLevels || this.#sink === null) return;
    this.#toldLevels = text;
    this.#send({ type: 'relay_levels', ...told });
  }

  /** A frame of the attached socket. */
  receive(sink: RelaySink, frame: string | ArrayBuffer): void {
    if (this.#closed || this.#sink !== sink) return;
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
    this.#requests.refuseAll(new MeridianError('timeout', 'the relay link is closed'));
    for (const offered of [...this.#offered.values()]) offered.close();
    this.data.close();
    this.#options.speakers.heard(this.nodeId, null);
    this.setPipe(null);
    const sink = this.#sink;
    this.#sink = null;
    sink?.close(code, reason);
  }

  async #handle(message: relay.RelayMessage): Promise<void> {
    switch (message.type) {
      case 'relay_stream_available':
        this.#offer(message.stream, message.path);
        return;
      case 'relay_stream_updated':
        this.#find(message.stream.stream_id, message.stream.generation).update(message.stream);
        return;
      case 'relay_stream_removed':
        this.#offered.get(producerId(message.stream_id, message.generation))?.close();
        return;
      case 'relay_subscribe':
        await this.#serve(message.stream_id, message.generation, message.ref);
        return;
      case 'relay_unsubscribe':
        this.#outgoing.close(producerId(message.stream_id, message.generation));
        return;
      case 'relay_consumer':
        this.#requests.answer(message.ref, message);
        return;
      case 'relay_levels':
        this.#options.speakers.heard(this.nodeId, message);
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
        this.#requests.refuse(message.ref, new MeridianError(message.code, message.message));
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

  #offer(stream: StreamInfo, path: readonly string[]): void {
    const { self, streams } = this.#options;
    if (path.includes(self)) throw new MeridianError('conflict', 'the stream has been here before');
    const key = producerId(stream.stream_id, stream.generation);
    this.#unconfirmed.delete(key);
    const known = this.#offered.get(key);
    if (known !== undefined) {
      known.update(stream);
      return;
    }
    if (this.#offered.size >= RELAY.maxStreams) throw new MeridianError('overloaded', 'too many streams');
    const offered = new RelayedStream(stream, {
      pull: (wanted) => this.#pull(wanted),
      drop: ({ stream_id, generation }) => this.#send({ type: 'relay_unsubscribe', stream_id, generation }),
    });
    if (!streams.add(offered)) throw new MeridianError('conflict', 'this generation is known from elsewhere');
    this.#offered.set(key, offered);
    offered.once('closed', () => {
      this.#offered.delete(key);
      this.#unconfirmed.delete(key);
    });
  }

  async #pull(stream: StreamInfo): Promise<Tap> {
    const consumer = await this.#ask(stream);
    const pipe = this.pipe;
    if (pipe === null) throw new MeridianError('timeout', 'the pipe is gone');
    return pipe.produce({
      id: producerId(stream.stream_id, stream.generation),
      kind: consumer.kind,
      rtpParameters: consumer.rtp_parameters,
      paused: consumer.paused,
    });
  }

  #ask({ stream_id, generation }: StreamInfo): Promise<Consumer> {
    if (this.#sink === null) return Promise.reject(new MeridianError('timeout', 'the relay link is down'));
    return this.#requests.ask((ref) => this.#send({ type: 'relay_subscribe', ref, stream_id, generation }));
  }

  /** After a reconnect: asks again for what comes already, so that the other side goes on sending it. */
  #confirm(offered: RelayedStream): void {
    this.#ask(offered.stream).catch((error: unknown) => {
      this.#logger.warn({ err: error, stream_id: offered.stream.stream_id }, 'stream lost over a reconnect');
      offered.close();
    });
  }

  /** The other node wants a stream of ours. */
  async #serve(streamId: string, generation: number, ref: relay.RelayMessage['ref']): Promise<void> {
    const publication = this.#options.streams.find(streamId, generation);
    if (publication === undefined || !publication.isLocal) {
      throw new MeridianError('unknown_stream', 'no such stream here');
    }
    const pipe = this.pipe;
    if (pipe === null) throw new MeridianError('timeout', 'the pipe is gone');
    const { kind, rtpParameters } = await this.#outgoing.open(pipe, publication);
    if (publication.closed || this.#closed) throw new MeridianError('unknown_stream', 'the stream is gone');
    this.#send({
      type: 'relay_consumer',
      ...(ref === undefined ? {} : { ref }),
      stream_id: publication.stream.stream_id,
      generation,
      kind,
      rtp_parameters: rtpParameters,
      paused: publication.stream.paused,
    });
  }

  #find(streamId: string, generation: number): RelayedStream {
    const offered = this.#offered.get(producerId(streamId, generation));
    if (offered === undefined) throw new MeridianError('unknown_stream', 'the stream was not announced');
    return offered;
  }

  #forgetUnconfirmed(): void {
    for (const key of [...this.#unconfirmed]) this.#offered.get(key)?.close();
    this.#unconfirmed.clear();
    this.data.forgetUnconfirmed();
    this.#outgoing.closeDoubted();
  }

  #startGrace(): void {
    clearTimeout(this.#grace);
    this.#grace = setTimeout(() => {
      for (const offered of [...this.#offered.values()]) offered.close();
      this.data.close();
      this.setPipe(null);
      this.#options.expired();
    }, RELAY.socketGrace);
  }

  #send(body: RelayBody): void {
    this.#sink?.send(encode<relay.RelayMessage>(body));
  }
}
