import type { mediaRpc, Stream, StreamId } from '@meridian/protocol';
import type { RemoteStreams } from './remote-streams.ts';
import type { StreamLayer } from './types.ts';

/** What one session tells of the streams of others. Of a standby nobody hears before it is the session in use. */
export class SessionStreams {
  readonly #remote: RemoteStreams;
  /** What a standby has heard of, until then. */
  readonly #heard = new Map<StreamId, Stream>();
  readonly #scores = new Map<StreamId, number | null>();
  readonly #live = Promise.withResolvers<void>();
  /** Null for a standby. */
  #number: number | null;

  /** `number`: of the session, rising with each; null for a standby. */
  constructor(remote: RemoteStreams, number: number | null) {
    this.#remote = remote;
    this.#number = number;
    if (number !== null) this.#live.resolve();
  }

  /** Rises with each session in use; 0 for a standby, which brings nothing. */
  get number(): number {
    return this.#number ?? 0;
  }

  /** Resolves when what this session brings is to be shown. */
  get live(): Promise<void> {
    return this.#live.promise;
  }

  /** The standby is the session in use from now on, with this number. */
  activate(number: number): void {
    this.#number = number;
    this.#remote.begin(number, [...this.#heard.values()]);
    for (const [id, score] of this.#scores) this.#remote.scored(number, id, score);
    this.#heard.clear();
    this.#scores.clear();
    this.#live.resolve();
  }

  begin(streams: readonly Stream[]): void {
    if (this.#number !== null) this.#remote.begin(this.#number, streams);
    else for (const stream of streams) this.#heard.set(stream.stream_id, stream);
  }

  available(stream: Stream): void {
    if (this.#number !== null) this.#remote.available(this.#number, stream);
    else this.#heard.set(stream.stream_id, stream);
  }

  removed(id: StreamId, generation: number): void {
    if (this.#number !== null) this.#remote.removed(this.#number, id, generation);
    else if ((this.#heard.get(id)?.generation ?? generation) <= generation) {
      this.#heard.delete(id);
      this.#scores.delete(id);
    }
  }

  /** To be called for each consumer once live. */
  expect(consumer: mediaRpc.ConsumerCreated): void {
    if (this.#number !== null) this.#remote.expect(this.#number, consumer);
  }

  layer(id: StreamId, layer: StreamLayer | null): void {
    if (this.#number !== null) this.#remote.layer(this.#number, id, layer);
  }

  scored(id: StreamId, score: number | null): void {
    if (this.#number !== null) this.#remote.scored(this.#number, id, score);
    else this.#scores.set(id, score);
  }

  announce(id: StreamId, next: MediaStreamTrack): void {
    if (this.#number !== null) this.#remote.announce(this.#number, id, next);
  }

  deliver(id: StreamId, track: MediaStreamTrack): void {
    if (this.#number !== null) this.#remote.deliver(this.#number, id, track);
  }

  withdraw(id: StreamId, track: MediaStreamTrack): void {
    if (this.#number !== null) this.#remote.withdraw(id, track);
  }

  isPaused(id: StreamId): boolean {
    return this.#remote.isPaused(id);
  }

  trackOf(id: StreamId): MediaStreamTrack | null {
    return this.#remote.trackOf(id);
  }

  /** Whether a microphone is on somewhere: it sends all the time. */
  get anyMicrophone(): boolean {
    return this.#remote.all().some(({ source, paused }) => source === 'microphone' && !paused);
  }

  /** Whether anybody sends something now. */
  get anyFlowing(): boolean {
    return this.#remote.all().some((stream) => !stream.paused);
  }
}
