import { type mediaRpc, Source, type Stream, type StreamId, streamId } from '@meridian/protocol';
import { gradeOf } from './connection-quality.ts';
import type { RemoteStream, StreamLayer } from './types.ts';

type Streams = Readonly<Partial<Record<Source, RemoteStream>>>;
type Entry = {
  stream: Stream;
  track: MediaStreamTrack | null;
  next: MediaStreamTrack | null;
  /** The session whose track it is. */
  owner: number;
  /** The last session that told of the stream. */
  listed: number;
  layer: StreamLayer | null;
  frozen: boolean;
  uplink: RemoteStream['uplink'];
};

const NONE: Streams = {};

/**
 * The streams of the others with their tracks, over several media sessions: while a new session is set up,
 * the tracks of the one before stay, and each is exchanged when its successor delivers.
 */
export class RemoteStreams {
  readonly #selfId: string;
  readonly #changed: () => void;
  readonly #entries = new Map<StreamId, Entry>();
  readonly #byParticipant = new Map<string, Streams>();
  #session = 0;

  constructor(selfId: string, changed: () => void) {
    this.#selfId = selfId;
    this.#changed = changed;
  }

  /** Shared between calls until something of this participant changes. */
  of(participantId: string): Streams {
    return this.#byParticipant.get(participantId) ?? NONE;
  }

  all(): Stream[] {
    return [...this.#entries.values()].map((entry) => entry.stream);
  }

  /**
   * The list of a new session, which from now on is the one that counts. A stream that is not in it but still shown
   * by an older session stays until forget(): another node hears of streams elsewhere with a delay.
   */
  begin(session: number, streams: readonly Stream[]): void {
    this.#session = session;
    for (const stream of streams) this.available(session, stream);
    for (const { stream, listed, track } of [...this.#entries.values()]) {
      if (listed < session && !track) this.#remove(stream);
    }
  }

  /** An older session is closed, and with it what only it told of. */
  forget(session: number): void {
    for (const { stream, listed } of [...this.#entries.values()]) {
      if (listed <= session && session < this.#session) this.#remove(stream);
    }
  }

  /** A stream is there, or has changed. */
  available(session: number, stream: Stream): void {
    if (session !== this.#session || stream.participant_id === this.#selfId) return;
    const known = this.#entries.get(stream.stream_id);
    if (known && known.stream.generation > stream.generation) return;
    const same = known?.listed === session && known.stream.generation === stream.generation;
    this.#entries.set(stream.stream_id, {
      ...(known ?? newEntry(session)),
      stream,
      listed: session,
      // Another generation comes another way, and another node says anew how it comes.
      uplink: same ? known.uplink : null,
    });
    this.#rebuild(stream.participant_id);
  }

  /** A consumer came; as a rule its stream was announced before. */
  expect(session: number, consumer: mediaRpc.ConsumerCreated): void {
    const { stream_id, generation, participant_id, source, rtp_parameters } = consumer;
    if (this.#entries.has(stream_id)) return;
    const codec = rtp_parameters.codecs[0]?.mimeType ?? '';
    this.available(session, {
      stream_id,
      generation,
      participant_id,
      source,
      codec,
      layers: [],
      paused: false,
    });
  }

  removed(session: number, id: StreamId, generation: number): void {
    const known = this.#entries.get(id);
    // A newer generation lives on, and what a newer session tells of is not for an older one to take away.
    if (!known || known.listed > session || known.stream.generation > generation) return;
    this.#remove(known.stream);
  }

  /** The track that is going to show a stream as soon as it can. */
  announce(session: number, id: StreamId, next: MediaStreamTrack): void {
    const entry = this.#entries.get(id);
    if (!entry || session < entry.owner) return;
    this.#entries.set(id, { ...entry, next });
    this.#rebuild(entry.stream.participant_id);
  }

  /** The track that shows a stream from now on. */
  deliver(session: number, id: StreamId, track: MediaStreamTrack): void {
    const entry = this.#entries.get(id);
    if (!entry || session < entry.owner) return;
    const next = entry.next === track ? null : entry.next;
    this.#entries.set(id, { ...entry, track, next, owner: session, frozen: false });
    this.#rebuild(entry.stream.participant_id);
  }

  /** Which layer of a stream arrives now. */
  layer(session: number, id: StreamId, layer: StreamLayer | null): void {
    const entry = this.#entries.get(id);
    if (!entry || session !== this.#session) return;
    this.#entries.set(id, { ...entry, layer });
    this.#rebuild(entry.stream.participant_id);
  }

  /** How well a stream arrives at its sender's node, 0 to 10; null where that cannot be said. */
  scored(session: number, id: StreamId, score: number | null): void {
    const entry = this.#entries.get(id);
    if (!entry || session !== this.#session) return;
    const uplink = score === null ? null : gradeOf(score);
    if (uplink === entry.uplink) return;
    this.#entries.set(id, { ...entry, uplink });
    this.#rebuild(entry.stream.participant_id);
  }

  /** Which tracks stand still, by their ids, of all that were looked at. */
  setFrozen(trackIds: ReadonlySet<string>): void {
    for (const [id, entry] of this.#entries) {
      const frozen = entry.track !== null && trackIds.has(entry.track.id);
      if (entry.frozen === frozen) continue;
      this.#entries.set(id, { ...entry, frozen });
      this.#rebuild(entry.stream.participant_id);
    }
  }

  /** The videos that should be moving, and every stream, by the id of the track that shows it. */
  tracks(): Map<string, { streamId: StreamId; moving: boolean }> {
    const tracks = new Map<string, { streamId: StreamId; moving: boolean }>();
    for (const [streamId, { stream, track, layer }] of this.#entries) {
      // A screen may rightly stand still.
      const moving = stream.source === 'camera' && !stream.paused && layer !== null;
      if (track) tracks.set(track.id, { streamId, moving });
    }
    return tracks;
  }

  /** The track is over, unless another has taken its place. */
  withdraw(id: StreamId, track: MediaStreamTrack): void {
    const entry = this.#entries.get(id);
    if (!entry || (entry.track !== track && entry.next !== track)) return;
    this.#entries.set(id, {
      ...entry,
      track: entry.track === track ? null : entry.track,
      next: entry.next === track ? null : entry.next,
    });
    this.#rebuild(entry.stream.participant_id);
  }

  isPaused(id: StreamId): boolean {
    return this.#entries.get(id)?.stream.paused === true;
  }

  trackOf(id: StreamId): MediaStreamTrack | null {
    return this.#entries.get(id)?.track ?? null;
  }

  /** Whether any picture or sound still comes from `session`. */
  dependsOn(session: number): boolean {
    return [...this.#entries.values()].some(({ owner, track }) => owner === session && track !== null);
  }

  #remove(stream: Stream): void {
    this.#entries.delete(stream.stream_id);
    this.#rebuild(stream.participant_id);
  }

  #rebuild(participantId: string): void {
    const streams: Partial<Record<Source, RemoteStream>> = {};
    for (const source of Source.options) {
      const entry = this.#entries.get(streamId(participantId, source));
      if (!entry) continue;
      const { stream_id, paused } = entry.stream;
      const { track, next, layer, frozen, uplink } = entry;
      streams[source] = { streamId: stream_id, source, paused, track, next, layer, frozen, uplink };
    }
    if (Object.keys(streams).length === 0) this.#byParticipant.delete(participantId);
    else this.#byParticipant.set(participantId, streams);
    this.#changed();
  }
}

function newEntry(session: number): Omit<Entry, 'stream' | 'listed'> {
  return { track: null, next: null, owner: session, layer: null, frozen: false, uplink: null };
}
