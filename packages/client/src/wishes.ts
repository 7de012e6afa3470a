import { LIMITS, type mediaRpc, type Stream } from '@meridian/protocol';
import { INITIAL_SCREEN_WISH, INITIAL_WISH, WISH_INTERVAL_MS } from './config.ts';
import type { VideoWish } from './types.ts';

type Wanted = (mediaRpc.ClientToNode & { type: 'subscribe' })['streams'];
type Send = (version: number, streams: Wanted) => boolean;

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
export function toWire(wishes: readonly VideoWish[]): Wanted {
  const side = (value: number) => Math.min(8192, Math.max(1, Math.ceil(value || 1)));
  return wishes.slice(0, LIMITS.subscribedStreams).map((wish) => ({
    stream_id: wish.streamId,
    width: side(wish.width),
    height: side(wish.height),
    priority: Math.min(255, Math.max(1, Math.round(wish.priority ?? 1))),
    pinned: wish.pinned ?? false,
  }));
}

/** Keeps the wish for video and tells it to whichever session is current. */
export class Wishes {
  #own: readonly VideoWish[] | null = null;
  #streams: readonly Stream[] = [];
  #send: Send | null = null;
  #version = 0;
  #sent = '';
  #pause: ReturnType<typeof setTimeout> | undefined;

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
    this.#send = send;
    this.#sent = '';
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#tell();
  }

  disconnect(): void {
    this.#send = null;
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  #tell(): void {
    if (!this.#send || this.#pause !== undefined) return;
    const wanted = toWire(this.#own ?? initialWishes(this.#streams));
    const text = JSON.stringify(wanted);
    if (text === this.#sent) return;
    this.#version += 1;
    if (!this.#send(this.#version, wanted)) return;
    this.#sent = text;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#tell();
    }, WISH_INTERVAL_MS);
  }
}
