type Track = MediaStreamTrack | null;

/** Hands the newest track of a device to the meeting: each once, one change after the other. */
export class TrackPublisher {
  readonly #set: (track: Track) => Promise<void>;
  #newest: Track;
  #done: Promise<void> = Promise.resolve();

  constructor(set: (track: Track) => Promise<void>, published: Track) {
    this.#set = set;
    this.#newest = published;
  }

  /** Resolves when this track is with the meeting. */
  publish(track: Track): Promise<void> {
    return track === this.#newest ? this.#done : this.republish(track);
  }

  /** Also if the meeting had this track before: it may have dropped it since. */
  republish(track: Track): Promise<void> {
    this.#newest = track;
    this.#done = this.#done
      // A change that failed was reported to whoever asked for it, and must not block the next.
      .catch(() => undefined)
      .then(() => this.#set(track));
    return this.#done;
  }
}
