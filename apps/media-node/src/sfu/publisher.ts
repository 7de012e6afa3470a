import {
  MeridianError,
  type mediaRpc,
  producerId,
  SOURCE_KIND,
  type Source,
  streamId,
} from '@meridian/protocol';
import type { Producer, WebRtcTransport } from 'mediasoup/types';
import { PEER, SFU } from '../config.ts';
import type { NodeObserver } from '../metrics/observer.ts';
import { withDeadline } from '../net/deadline.ts';
import type { Rights } from './authorisation.ts';
import { firstPacket } from './first-packet.ts';
import { LocalPublication } from './local-publication.ts';
import type { MeetingRouter } from './meeting-router.ts';
import type { PreparedStreams } from './prepared-streams.ts';
import type { StreamDirectory } from './stream-directory.ts';
import { mediaError } from './wire.ts';

type Produce = Extract<mediaRpc.ClientToNode, { type: 'produce' }>;

export type PublisherOptions = {
  participantId: string;
  /** What it sends over, and the router that is on. */
  transport: WebRtcTransport;
  router: MeetingRouter;
  streams: StreamDirectory;
  prepared: PreparedStreams;
  /** Whether nobody of the meeting is at another node. */
  everybodyHere: () => boolean;
  /** What it publishes is prepared only, until announce(). */
  standby: boolean;
  observe: Pick<NodeObserver, 'firstPacket'>;
};

/** What one peer sends: at most one live stream per source, and for a moment the one it replaces. */
export class Publisher {
  readonly #participantId: string;
  readonly #transport: WebRtcTransport;
  readonly #router: MeetingRouter;
  readonly #streams: StreamDirectory;
  readonly #prepared: PreparedStreams;
  readonly #everybodyHere: () => boolean;
  readonly #observe: PublisherOptions['observe'];
  readonly #publications = new Map<Source, LocalPublication>();
  #standby: boolean;
  #rights: Rights;

  /** `rights`: what the room allows at first. */
  constructor(options: PublisherOptions, rights: Rights) {
    this.#participantId = options.participantId;
    this.#transport = options.transport;
    this.#router = options.router;
    this.#streams = options.streams;
    this.#prepared = options.prepared;
    this.#everybodyHere = options.everybodyHere;
    this.#standby = options.standby;
    this.#observe = options.observe;
    this.#rights = rights;
  }

  /** What it publishes now, by source. */
  get publications(): ReadonlyMap<Source, LocalPublication> {
    return this.#publications;
  }

  async produce(request: Produce): Promise<LocalPublication> {
    const { source } = request;
    this.#assertMayPublish(source);
    const kind = SOURCE_KIND[source];
    const codec = request.rtp_parameters.codecs[0];
    if (codec?.mimeType.toLowerCase().startsWith(`${kind}/`) !== true) {
      throw new MeridianError('unprocessable', `${source} is ${kind}`);
    }
    const id = streamId(this.#participantId, source);
    const generation = this.#streams.nextGeneration(id);
    const producer = await this.#createProducer(request, producerId(id, generation));
    try {
      // While the worker was at it the room may have changed its mind.
      this.#assertMayPublish(source);
      const hardMuted = this.#rights.hardMuted.includes(source);
      const publication = new LocalPublication(
        { producer, router: this.#router, single: null },
        {
          stream_id: id,
          generation,
          participant_id: this.#participantId,
          source,
          codec: codec.mimeType,
          layers: request.layers,
          paused: request.paused || hardMuted,
        },
        {
          pausedByOwner: request.paused,
          hardMuted,
          announced: !this.#standby,
          // A standby says it when it is activated.
          watched: this.#standby ? null : (request.watched ?? null),
          everybodyHere: this.#everybodyHere,
        },
      );
      this.#own(source, publication);
      if (this.#standby) this.#prepared.add(publication);
      else this.#release(publication);
      return publication;
    } catch (error) {
      producer.close();
      throw error;
    }
  }

  /** A standby has become active: what it has prepared is live from now on. See LocalPublication.announce. */
  announce(watched: ReadonlyMap<Source, number>, waits: boolean): void {
    if (!this.#standby) return;
    this.#standby = false;
    for (const [source, publication] of this.#publications) {
      const generation = this.#streams.nextGeneration(publication.stream.stream_id);
      publication.announce(generation, { watched: watched.get(source) ?? null, waits });
      this.#release(publication);
    }
  }

  closeSource(source: Source): void {
    this.#find(source).close();
  }

  setPaused(source: Source, paused: boolean): Promise<void> {
    return this.#find(source).setPausedByOwner(paused);
  }

  /** So many layers leave the client. */
  setFlowing(source: Source, layers: number): void {
    this.#find(source).setFlowing(layers);
  }

  /** Takes over what the room allows from now on: silences and closes at once what it does not. */
  setRights(rights: Rights): void {
    this.#rights = rights;
    for (const [source, publication] of this.#publications) {
      if (!rights.canPublish.includes(source)) publication.close();
      // A worker that cannot be told is ill and takes the stream with it.
      else publication.setHardMuted(rights.hardMuted.includes(source)).catch(() => publication.close());
    }
  }

  async #timeFirstPacket({ producer, demand }: LocalPublication): Promise<void> {
    const from = performance.now();
    const came = await firstPacket(producer, PEER.firstPacketTimeout);
    if (came) this.#observe.firstPacket((performance.now() - from) / 1000);
    // Muted or withdrawn before it came to sending, or a video that nobody watches: that is nobody's fault.
    else if (!producer.closed && !producer.paused && (producer.kind === 'audio' || demand.layers.length > 0))
      this.#observe.firstPacket(null);
  }

  #own(source: Source, publication: LocalPublication): void {
    // Of what nobody receives yet there is only one.
    if (this.#standby) this.#publications.get(source)?.close();
    this.#publications.set(source, publication);
    publication.once('closed', () => {
      if (this.#publications.get(source) === publication) this.#publications.delete(source);
    });
  }

  /** Lets everybody have it, and what it replaces go. */
  #release(publication: LocalPublication): void {
    const streamIdentity = publication.stream.stream_id;
    // Also one of another socket of this session, which lingers: its successor is here.
    const older = [...this.#streams.local()].filter((other) => other.stream.stream_id === streamIdentity);
    if (!publication.stream.paused) void this.#timeFirstPacket(publication);
    this.#streams.add(publication);
    const predecessor = older.pop();
    // Two at once is enough: what was being replaced when this came goes now.
    for (const stale of older) if (stale instanceof LocalPublication) stale.close();
    if (predecessor instanceof LocalPublication) void predecessor.yieldTo(publication);
  }

  async #createProducer(request: Produce, id: string): Promise<Producer> {
    try {
      return await withDeadline(
        this.#transport.produce({
          id,
          kind: SOURCE_KIND[request.source],
          rtpParameters: request.rtp_parameters,
          paused: request.paused || this.#rights.hardMuted.includes(request.source),
          keyFrameRequestDelay: PEER.keyFrameRequestDelay,
        }),
        SFU.workerTimeout,
        'creating a producer',
        (late) => late.close(),
      );
    } catch (error) {
      throw mediaError(error, 'the stream cannot be taken');
    }
  }

  #assertMayPublish(source: Source): void {
    if (this.#transport.closed) throw new MeridianError('unknown_transport', 'the transport is closed');
    if (!this.#rights.canPublish.includes(source)) {
      throw new MeridianError('forbidden', `${source} may not be published`);
    }
  }

  #find(source: Source): LocalPublication {
    const publication = this.#publications.get(source);
    if (publication === undefined) throw new MeridianError('unknown_stream', `${source} is not published`);
    return publication;
  }
}
