import { type MediaKind, producerId, type RtpParameters } from '@meridian/protocol';
import type { Consumer } from 'mediasoup/types';
import type { Publication } from '../sfu/publication.ts';
import { rtpParametersToWire } from '../sfu/wire.ts';
import type { RelayPipe } from './relay-pipe.ts';

type Outgoing = { kind: MediaKind; rtpParameters: RtpParameters };
type Entry = { consumer: Promise<Consumer>; doubted: boolean };

/** Streams of this node on their way through a pipe, by producer id. Asking twice gives the same one. */
export class OutgoingStreams {
  readonly #entries = new Map<string, Entry>();

  async open(pipe: RelayPipe, publication: Publication): Promise<Outgoing> {
    const id = producerId(publication.stream.stream_id, publication.stream.generation);
    const entry = this.#entries.get(id) ?? this.#create(pipe, publication, id);
    entry.doubted = false;
    const { kind, rtpParameters } = await entry.consumer;
    return { kind, rtpParameters: rtpParametersToWire(rtpParameters) };
  }

  close(id: string): void {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    entry?.consumer.then(
      (consumer) => consumer.close(),
      () => {},
    );
  }

  /** A new socket: what is not asked for again on it is not wanted any more. */
  doubtAll(): void {
    for (const entry of this.#entries.values()) entry.doubted = true;
  }

  closeDoubted(): void {
    for (const [id, entry] of [...this.#entries]) if (entry.doubted) this.close(id);
  }

  clear(): void {
    for (const id of [...this.#entries.keys()]) this.close(id);
  }

  #create(pipe: RelayPipe, publication: Publication, id: string): Entry {
    const entry: Entry = { consumer: send(pipe, publication), doubted: false };
    this.#entries.set(id, entry);
    const forget = () => {
      if (this.#entries.get(id) === entry) this.#entries.delete(id);
    };
    entry.consumer.then((consumer) => {
      if (consumer.closed) forget();
      else consumer.observer.once('close', forget);
    }, forget);
    return entry;
  }
}

/** Puts a stream into the pipe, from whichever router of the meeting it is on. */
async function send(pipe: RelayPipe, publication: Publication): Promise<Consumer> {
  const lease = await pipe.router.acquire(publication);
  try {
    const consumer = await pipe.consume(lease.producer.id);
    consumer.observer.once('close', () => lease.release());
    if (consumer.closed) lease.release();
    return consumer;
  } catch (error) {
    lease.release();
    throw error;
  }
}
