import { SOURCE_KIND, type Source } from '@meridian/protocol';
import type { Device, Transport } from 'mediasoup-client/types';
import type { MediaConnection } from './media-connection.ts';
import { type Publication, Sender, type SenderOptions } from './sender.ts';

export type PublisherOptions = {
  connection: MediaConnection;
  /** For a standby: everything is negotiated, and nothing sent before release(). */
  prepared: boolean;
  uplink: SenderOptions['uplink'];
  /** What is sent of a source is as it is wanted. */
  settled(): void;
  /** The node's picture of a source is wrong and cannot be put right on this session. */
  broken: SenderOptions['broken'];
};

type Way = { device: Device; transport: Transport };

/** What one session sends: a sender for each source. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #senders = new Map<Source, Sender>();
  /** How many layers of each video anybody watches; also of those that have no sender yet. */
  readonly #watched = new Map<Source, number>();
  #way: Way | null = null;
  #prepared: boolean;
  #hushed = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#prepared = options.prepared;
  }

  /** Anything is or is about to be published. */
  get active(): boolean {
    return [...this.#senders.values()].some((sender) => sender.active);
  }

  /** As far as is known. */
  get watched(): { source: Source; layers: number }[] {
    return [...this.#watched].map(([source, layers]) => ({ source, layers }));
  }

  /** There is a way up from now on. Before, publish() does nothing. */
  begin(device: Device, transport: Transport): void {
    this.#way = { device, transport };
  }

  /** Publishes, changes or withdraws a source; null withdraws. Rejects with the node's error when it is refused. */
  async publish(source: Source, publication: Publication | null): Promise<void> {
    const sender = this.#senders.get(source) ?? this.#begin(source, publication);
    if (!sender) return;
    await sender.set(publication);
    this.#options.settled();
  }

  /** A producer is being made: what it sends, for the node. */
  announce(source: Source, rtpParameters: Parameters<Sender['announce']>[0]): void {
    this.#senders.get(source)?.announce(rtpParameters);
  }

  setWatched(source: Source, layers: number): void {
    this.#watched.set(source, layers);
    this.#senders.get(source)?.setWatched(layers);
  }

  /** What was watched at the node before. Of a standby, what is watched at the one in use. */
  expectWatched(source: Source, layers: number): void {
    this.#watched.set(source, layers);
    this.#senders.get(source)?.expectWatched(layers);
  }

  /** Sends what is wanted from now on; see Sender.release. What the node did not take is published anew. */
  release(waits: boolean): void {
    this.#prepared = false;
    for (const sender of this.#senders.values()) sender.release(waits).catch(() => {});
  }

  /** Sends nothing from now on, without a word to the node. */
  hush(): void {
    this.#hushed = true;
    for (const sender of this.#senders.values()) sender.hush().catch(() => {});
  }

  /** Sends no video from now on, without a word to the node: sound goes on. */
  ease(): void {
    for (const [source, sender] of this.#senders) {
      if (SOURCE_KIND[source] === 'video') sender.hush().catch(() => {});
    }
  }

  close(): void {
    for (const sender of this.#senders.values()) sender.close();
  }

  /** Null where there is nothing to send, or no node to negotiate it with. */
  #begin(source: Source, publication: Publication | null): Sender | null {
    const { connection, uplink, broken } = this.#options;
    if (this.#hushed || !this.#way || !publication || !connection.isOpen) return null;
    const { device, transport } = this.#way;
    const sender = new Sender({
      source,
      transport,
      connection,
      uplink,
      prepared: this.#prepared,
      codec: device.sendRtpCapabilities.codecs?.find(
        (codec) => SOURCE_KIND[source] === 'video' && codec.mimeType.toLowerCase() === 'video/vp8',
      ),
      broken,
    });
    this.#senders.set(source, sender);
    const watched = this.#watched.get(source);
    if (watched !== undefined) sender.expectWatched(watched);
    return sender;
  }
}
