import { EventEmitter } from 'node:events';
import type { LocalPublication } from './local-publication.ts';
import type { Publication } from './publication.ts';

/** What the standbys of a meeting have prepared at this node. Only other standbys look at it. */
export class PreparedStreams extends EventEmitter<{ changed: [] }> {
  readonly #streams = new Map<string, LocalPublication>();

  constructor() {
    super();
    // One listener per standby.
    this.setMaxListeners(0);
  }

  /** By stream id. */
  get all(): ReadonlyMap<string, Publication> {
    return this.#streams;
  }

  /** Takes a publication in until it is announced or closes. A stream has one: the last that was prepared. */
  add(publication: LocalPublication): void {
    const { stream_id: streamId } = publication.stream;
    this.#streams.set(streamId, publication);
    const remove = () => {
      if (this.#streams.get(streamId) !== publication) return;
      this.#streams.delete(streamId);
      this.emit('changed');
    };
    publication.once('announced', remove);
    publication.once('closed', remove);
    this.emit('changed');
  }

  close(): void {
    this.removeAllListeners();
    this.#streams.clear();
  }
}
