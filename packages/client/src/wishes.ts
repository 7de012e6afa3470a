import { LIMITS, type mediaRpc, type Stream } from '@meridian/protocol';
import { INITIAL_SCREEN_WISH, INITIAL_WISH, WISH_INTERVAL_MS } from './config.ts';
import type { VideoWish } from './types.ts';

/** The videos that are asked for, as they go to the node. */
export type WantedStreams = (mediaRpc.ClientToNode & { type: 'subscribe' })['streams'];
type Send = (version: number, streams: WantedStreams) => boolean;

/** What is asked for until the application says what it shows, so that the first pictures do not wait for it. */
export function initialWishes(streams: readonly Stream[]): VideoWish[] {
  const { cameras, ...camera } = INITIAL_WISH;
  const ids = (source: Stream['source']) =>
    streams.filter((stream) => stream.source === source).map((stream) => stream.stream_id);
  return [
    ...ids('screen').map((streamId) => ({ streamId, ...INITIAL_SCREEN_WISH })),
    ...ids('camera')
      .slice(0, cameras)
      .map((streamId) => ({ streamId, ...camera })),
  ];
}

/** Within the bounds of the wire: sizes of elements are fractions, and zero while they are laid out. */
export function toWire(wishes: readonly VideoWish[]): WantedStreams {
  const side = (value: number) => Math.min(8192, Math.max(1, Math.ceil(value || 1)));
  return wishes.slice(0, LIMITS.subscribedStreams).map((wish) => ({
    stream_id: wish.streamId,
    width: side(wish.width),
    height: side(wish.height),
    priority: Math.min(255, Math.max(1, Math.round(wish.priority ?? 1))),
    pinned: wish.pinned ?? false,
  }));
}

/** Keeps the wish for video and tells it to whichever session is current, and to the standby. */
export class Wishes {
  readonly #current = new Listener(() => this.#wanted);
  readonly #standby = new Listener(() => this.#wanted);
  #own: readonly VideoWish[] | null = null;
  #streams: readonly Stream[] = [];
  /** One count for both: a standby that becomes current hears only higher ones. */
  #version = 0;

  set(wishes: readonly VideoWish[]): void {
    this.#own = [...wishes];
    this.#tell();
  }

  /** The streams there are. They matter only while the application has said nothing. */
  streams(streams: readonly Stream[]): void {
    this.#streams = streams;
    if (this.#own === null) this.#tell();
  }

  /** A session to tell, at once. */
  connect(send: Send): void {
    this.#current.begin(this.#numbered(send));
  }

  disconnect(): void {
    this.#current.end();
  }

  connectStandby(send: Send): void {
    this.#standby.begin(this.#numbered(send));
  }

  disconnectStandby(): void {
    this.#standby.end();
  }

  get #wanted(): WantedStreams {
    return toWire(this.#own ?? initialWishes(this.#streams));
  }

  #numbered(send: Send): Tell {
    return (wanted) => {
      this.#version += 1;
      return send(this.#version, wanted);
    };
  }

  #tell(): void {
    this.#current.tell();
    this.#standby.tell();
  }
}

type Tell = (wanted: WantedStreams) => boolean;

/** One session that hears of the wish: at once, then not more often than it should. */
class Listener {
  readonly #wanted: () => WantedStreams;
  #send: Tell | null = null;
  #sent = '';
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(wanted: () => WantedStreams) {
    this.#wanted = wanted;
  }

  begin(send: Tell): void {
    this.end();
    this.#send = send;
    this.#sent = '';
    this.tell();
  }

  end(): void {
    this.#send = null;
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  tell(): void {
    if (!this.#send || this.#pause !== undefined) return;
    const wanted = this.#wanted();
    const text = JSON.stringify(wanted);
    if (text === this.#sent) return;
    if (!this.#send(wanted)) return;
    this.#sent = text;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.tell();
    }, WISH_INTERVAL_MS);
  }
}
