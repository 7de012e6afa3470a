import { EventEmitter } from 'node:events';
import type { StreamId } from '@meridian/protocol';
import { Generations } from './generations.ts';
import type { Publication, StreamInfo } from './publication.ts';

type StreamDirectoryEvents = {
  /** A stream is there, or a newer generation of it has become the one to have. */
  available: [StreamInfo];
  updated: [StreamInfo];
  removed: [Pick<StreamInfo, 'stream_id' | 'generation'>];
  /** The stream comes over another tap. */
  retapped: [StreamInfo];
  /** A publication came, of whatever generation; `removed` follows for it, too. */
  added: [Publication];
  /** One of this node came. */
  published: [Publication];
};

/** Every live generation of every stream of a meeting that this node can have. */
export class StreamDirectory extends EventEmitter<StreamDirectoryEvents> {
  readonly #streams = new Map<StreamId, Map<number, Publication>>();
  readonly #generations: Generations;

  constructor(generations: Generations = new Generations()) {
    super();
    this.setMaxListeners(0);
    this.#generations = generations;
  }

  /** The highest live generation of a stream. */
  latest(streamId: string): Publication | undefined {
    let latest: Publication | undefined;
    for (const publication of this.#streams.get(streamId)?.values() ?? []) {
      if (latest === undefined || publication.stream.generation > latest.stream.generation) {
        latest = publication;
      }
    }
    return latest;
  }

  find(streamId: string, generation: number): Publication | undefined {
    return this.#streams.get(streamId)?.get(generation);
  }

  /** The highest live generation of each stream. */
  *all(): Generator<Publication> {
    for (const streamId of this.#streams.keys()) {
      const latest = this.latest(streamId);
      if (latest !== undefined) yield latest;
    }
  }

  /** All live generations of all streams. */
  *everything(): Generator<Publication> {
    for (const generations of this.#streams.values()) yield* generations.values();
  }

  /** All live generations that are published at this node. */
  *local(): Generator<Publication> {
    for (const publication of this.everything()) if (publication.isLocal) yield publication;
  }

  /** The number for a new publication of this stream. */
  nextGeneration(streamId: string): number {
    return this.#generations.next(this.latest(streamId)?.stream.generation ?? 0);
  }

  /** Takes a publication in until it closes. Returns false for a generation that is already here. */
  add(publication: Publication): boolean {
    const { stream_id: streamId, generation } = publication.stream;
    const generations = this.#streams.get(streamId) ?? new Map<number, Publication>();
    if (generations.has(generation)) return false;
    generations.set(generation, publication);
    this.#streams.set(streamId, generations);
    publication.on('updated', () => {
      if (this.latest(streamId) === publication) this.emit('updated', publication.stream);
    });
    publication.on('retapped', () => {
      if (this.latest(streamId) === publication) this.emit('retapped', publication.stream);
    });
    publication.once('closed', () => this.#remove(publication));
    this.emit('added', publication);
    if (publication.isLocal) this.emit('published', publication);
    if (this.latest(streamId) === publication) this.emit('available', publication.stream);
    return true;
  }

  close(): void {
    this.removeAllListeners();
    this.#streams.clear();
  }

  #remove(publication: Publication): void {
    const { stream_id: streamId, generation } = publication.stream;
    const generations = this.#streams.get(streamId);
    if (generations?.get(generation) !== publication) return;
    const wasLatest = this.latest(streamId) === publication;
    generations.delete(generation);
    if (generations.size === 0) this.#streams.delete(streamId);
    this.emit('removed', { stream_id: streamId, generation });
    // The newer one gave up while the older still lives: that one is the stream again.
    const latest = this.latest(streamId);
    if (wasLatest && latest !== undefined) this.emit('available', latest.stream);
  }
}
