import type { MeridianError, Source } from '@meridian/protocol';
import { encodingOf, floorOf } from './encodings.ts';
import { toMeridianError } from './errors.ts';
import type { MediaSession } from './media-session.ts';
import { receiveMessage } from './receive.ts';
import type { RemoteStreams } from './remote-streams.ts';
import type { Publication } from './sender.ts';
import type { ReceiveOptions } from './types.ts';
import { Wishes } from './wishes.ts';

/** The sessions there are. `previous`: carries what the one in use has not taken over yet. */
export type Sessions = {
  current: MediaSession | null;
  previous: MediaSession | null;
  standby: MediaSession | null;
};

export type WantedOptions = {
  receive: ReceiveOptions;
  remote: RemoteStreams;
  sessions: () => Sessions;
  /** The node does not accept this source; it is no longer published. */
  unpublished(source: Source, error: MeridianError): void;
};

/** What the participant wants to send and to receive, given to each session there is. */
export class Wanted {
  readonly wishes = new Wishes();
  readonly #options: WantedOptions;
  readonly #publications = new Map<Source, Publication>();
  /** How many layers of them are watched, as the node in use has said. */
  readonly #watched = new Map<Source, number>();
  #receive: ReceiveOptions;
  #closed = false;

  constructor(options: WantedOptions) {
    this.#options = options;
    this.#receive = options.receive;
  }

  get publications(): ReadonlyMap<Source, Publication> {
    return this.#publications;
  }

  /** See MediaManager.publish. */
  async publish(source: Source, publication: Publication | null): Promise<void> {
    const { current, previous, standby } = this.#options.sessions();
    if (publication) this.#publications.set(source, publication);
    else {
      this.#publications.delete(source);
      this.#watched.delete(source);
    }
    // What still flows over the session before obeys too: who mutes is muted at once. It has nothing to refuse.
    const before = previous?.publish(source, publication).catch(() => {});
    // And so does what is only prepared. Whether the node would take it is asked again when it is needed.
    standby?.publish(source, publication).catch(() => {});
    try {
      await Promise.all([before, current?.publish(source, publication)]);
    } catch (error) {
      if (this.#publications.get(source) === publication) this.#publications.delete(source);
      throw toMeridianError(error);
    }
  }

  setReceive(receive: ReceiveOptions): void {
    this.#receive = receive;
    const { current, standby } = this.#options.sessions();
    for (const session of [current, standby]) session?.setReceive(receiveMessage(receive));
  }

  /** Streams of the others have come or gone. */
  streamsChanged(): void {
    this.wishes.streams(this.#options.remote.all());
  }

  /** The node in use has said how many layers of a source are watched. */
  watched(source: Source, layers: number): void {
    this.#watched.set(source, layers);
    this.#options.sessions().standby?.expectWatched(source, layers);
  }

  /**
   * How low the estimate of a session's way up may fall that is to carry what is watched now, where the one in use is
   * estimated at `uplink` bits per second (0: unknown). kbit/s; 0: wherever it goes.
   */
  floorKbps(uplink: number): number {
    const camera = this.#publications.get('camera');
    if (!camera) return 0;
    const { layers } = encodingOf('camera', camera.track);
    const sent = Math.min(camera.layers ?? layers.length, this.#watched.get('camera') ?? layers.length);
    return floorOf(layers.slice(0, sent), uplink);
  }

  /** Brings everything about on the session in use. */
  bringAbout(session: MediaSession): void {
    // First, since its answer takes a round trip.
    this.streamsChanged();
    this.subscribeBy(session);
    const receive = receiveMessage(this.#receive);
    if (receive.audio_only || receive.max_bitrate !== null) session.setReceive(receive);
    for (const [source, publication] of this.#publications) {
      this.#tellWatched(session, source);
      session.publish(source, publication).catch((error: unknown) => {
        if (this.#closed || this.#publications.get(source) !== publication) return;
        this.#publications.delete(source);
        this.#options.unpublished(source, toMeridianError(error));
      });
    }
  }

  /** This session is the one that hears what is wished for. */
  subscribeBy(session: MediaSession): void {
    this.wishes.connect((version, streams) => session.subscribe(version, streams));
  }

  /** What can be made ready on a standby before it is needed; `receiving`: also what the others send. */
  prepare(session: MediaSession, receiving: boolean): void {
    if (receiving) this.wishes.connectStandby((version, streams) => session.subscribe(version, streams));
    session.setReceive(receiveMessage(this.#receive));
    // What the node refuses now it refuses again when it is needed, and then it matters.
    for (const [source, publication] of this.#publications) {
      this.#tellWatched(session, source);
      session.publish(source, publication).catch(() => {});
    }
  }

  /** What the node before has said, until this one says otherwise. */
  #tellWatched(session: MediaSession, source: Source): void {
    const watched = this.#watched.get(source);
    if (watched !== undefined) session.expectWatched(source, watched);
  }

  close(): void {
    this.#closed = true;
    this.wishes.disconnect();
    this.wishes.disconnectStandby();
  }
}
