import { MeridianError } from '@meridian/protocol';
import type { Logger } from '../logger.ts';
import type { StreamInfo } from '../sfu/publication.ts';
import type { StreamDirectory } from '../sfu/stream-directory.ts';
import { type Offer, RelayedStream } from './relayed-stream.ts';

export type RelayedStreamsOptions = {
  streams: StreamDirectory;
  /** The neighbour that what is published at `origin` should come from. */
  parent: (origin: string) => string | undefined;
  logger: Logger;
};

/** The streams that neighbours offer. One that several offer is one stream. */
export class RelayedStreams {
  readonly #options: RelayedStreamsOptions;
  #feeds = 0;

  constructor(options: RelayedStreamsOptions) {
    this.#options = options;
  }

  /** Takes an offer in. The stream is there until the last offer of it is withdrawn. */
  offer(stream: StreamInfo, offer: Offer): RelayedStream {
    const { streams, parent, logger } = this.#options;
    const known = streams.find(stream.stream_id, stream.generation);
    if (known instanceof RelayedStream) {
      known.offer(offer);
      return known;
    }
    if (known !== undefined) throw new MeridianError('conflict', 'this generation is published here');
    const relayed = new RelayedStream(stream, offer, { parent, nextFeed: () => ++this.#feeds, logger });
    streams.add(relayed);
    return relayed;
  }

  /** The topology has changed. */
  reconsider(): void {
    for (const publication of this.#options.streams.everything()) {
      if (publication instanceof RelayedStream) publication.reconsider();
    }
  }
}
