import { LIMITS, MeridianError, mediaRpc } from '@meridian/protocol';
import type { DataProducer } from 'mediasoup-client/types';
import { DATA_BACKLOG_BYTES } from './config.ts';
import { notJoined, toMeridianError } from './errors.ts';
import { Listeners } from './listeners.ts';

/** How a data channel delivers (RFC 8831). Ordered and reliable by default. */
export type DataChannelOptions = {
  /** Whether messages arrive in the order they were sent; by default when they arrive at all for certain. */
  ordered?: boolean;
  /**
   * Give a lost message up after so many tries; 0 for what is soon out of date, as a pointer's position. Not
   * together with `ordered: true`.
   */
  maxRetransmits?: number;
};

export type DataMessage = { participantId: string; data: string | Uint8Array };

/** One's own end of a data channel to everybody. Closed by close() or the end of the meeting. */
export type DataChannel = {
  readonly label: string;
  /** Open now. Not while the connection is being restored. */
  readonly isOpen: boolean;
  /** Resolves when it is open for the first time; rejects with the node's error when it is refused. */
  readonly opened: Promise<void>;
  /**
   * False when it was not taken: there is no connection, or the network does not keep up. Throws `too_large` above
   * 16 KiB.
   */
  send(data: string | Uint8Array<ArrayBuffer>): boolean;
  close(): void;
};

/** A media session as far as data goes. Sessions are numbered, later ones higher. */
export type DataPort = {
  readonly number: number;
  openData(label: string, options: DataChannelOptions): Promise<DataProducer>;
  closeData(label: string): void;
};

/** The data channels of one participant, over one media session after another. */
export class DataChannels {
  readonly #port: () => DataPort | null;
  readonly #channels = new Map<string, OwnChannel>();
  readonly #listeners = new Map<string, Listeners<DataMessage>>();
  /** Which session brings a channel of somebody: during a move two do, and everything would be heard twice. */
  readonly #bringer = new Map<string, number>();
  #closed = false;

  constructor(port: () => DataPort | null) {
    this.#port = port;
  }

  /** Throws `unprocessable` for a bad label or options, `conflict` for one that is open, `overloaded` beyond the limit. */
  open(label: string, options: DataChannelOptions): DataChannel {
    if (this.#closed) throw notJoined();
    if (!mediaRpc.DataLabel.safeParse(label).success) {
      throw new MeridianError('unprocessable', 'a label is lower-case letters, digits, - and _');
    }
    if (options.ordered && options.maxRetransmits !== undefined) {
      throw new MeridianError('unprocessable', 'what is given up cannot be in order');
    }
    if (this.#channels.has(label)) throw new MeridianError('conflict', `${label} is open already`);
    if (this.#channels.size >= LIMITS.dataChannels) {
      throw new MeridianError('overloaded', `at most ${LIMITS.dataChannels} data channels`);
    }
    const channel = new OwnChannel(label, options, () => {
      this.#channels.delete(label);
      this.#port()?.closeData(label);
    });
    this.#channels.set(label, channel);
    const port = this.#port();
    if (port) void channel.attach(port);
    return channel;
  }

  listen(label: string, listener: (message: DataMessage) => void): () => void {
    const listeners = this.#listeners.get(label) ?? new Listeners<DataMessage>();
    this.#listeners.set(label, listeners);
    return listeners.add(listener);
  }

  /** A new session is ready: own channels open on it too. */
  connected(port: DataPort): void {
    for (const channel of this.#channels.values()) void channel.attach(port);
  }

  /** From now on this session brings that channel of theirs. */
  arriving(session: number, participantId: string, label: string): void {
    const key = `${participantId} ${label}`;
    if (session >= (this.#bringer.get(key) ?? 0)) this.#bringer.set(key, session);
  }

  departed(session: number, participantId: string, label: string): void {
    const key = `${participantId} ${label}`;
    if (this.#bringer.get(key) === session) this.#bringer.delete(key);
  }

  received(session: number, label: string, message: DataMessage): void {
    if (this.#bringer.get(`${message.participantId} ${label}`) !== session) return;
    this.#listeners.get(label)?.tell(message);
  }

  close(): void {
    this.#closed = true;
    for (const channel of [...this.#channels.values()]) channel.close();
  }
}

class OwnChannel implements DataChannel {
  readonly label: string;
  readonly #options: DataChannelOptions;
  readonly #closedByOwner: () => void;
  readonly #opened = Promise.withResolvers<void>();
  #producer: DataProducer | null = null;
  #newest = 0;
  #closed = false;

  constructor(label: string, options: DataChannelOptions, closed: () => void) {
    this.label = label;
    this.#options = options;
    this.#closedByOwner = closed;
    // Whoever does not wait for it is not asked to handle its rejection.
    this.#opened.promise.catch(() => {});
  }

  get isOpen(): boolean {
    return this.#producer?.readyState === 'open';
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    if (bytes.byteLength > LIMITS.dataMessageBytes) {
      throw new MeridianError('too_large', `a message may have ${LIMITS.dataMessageBytes} bytes`);
    }
    const producer = this.#producer;
    if (producer?.readyState !== 'open') return false;
    if (producer.bufferedAmount > DATA_BACKLOG_BYTES) return false;
    producer.send(data);
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#producer?.close();
    this.#producer = null;
    this.#opened.reject(notJoined());
    this.#closedByOwner();
  }

  /** Opens on this session too, and goes over to it when it is open there. */
  async attach(port: DataPort): Promise<void> {
    this.#newest = port.number;
    try {
      const producer = await port.openData(this.label, this.#options);
      if (this.#closed || this.#newest !== port.number) {
        producer.close();
        return;
      }
      if (producer.readyState === 'open') this.#use(producer);
      else producer.on('open', () => this.#use(producer));
    } catch (error) {
      // A session that broke has refused nothing; the next one is asked again.
      const refused = toMeridianError(error);
      if (refused.code !== 'timeout') this.#opened.reject(refused);
    }
  }

  #use(producer: DataProducer): void {
    if (this.#closed) {
      producer.close();
      return;
    }
    this.#producer?.close();
    this.#producer = producer;
    this.#opened.resolve();
  }
}
