import { PUBLISH_OVERLAP, SETTLING, SWITCH_TIMEOUT_MS } from './config.ts';
import type { MediaSession } from './media-session.ts';
import type { RemoteStreams } from './remote-streams.ts';

/** The session before the present one, kept until all that it brings is taken over. */
export class Handover {
  readonly #remote: RemoteStreams;
  readonly #over: () => void;
  #previous: MediaSession | null = null;
  /** Its node is lost, as far as is known. */
  #lost = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The present session is up, and what is published on both has been for long enough. */
  #ready = false;

  /** `over`: a session that was kept has been let go. */
  constructor(remote: RemoteStreams, over: () => void) {
    this.#remote = remote;
    this.#over = over;
  }

  get previous(): MediaSession | null {
    return this.#previous;
  }

  /** Whether one is kept whose node works: a move is under way. */
  get moving(): boolean {
    return this.#previous !== null && !this.#lost;
  }

  /**
   * Keeps what may still flow until there is something better. `lost`: also what does not flow any more, since its
   * last picture is better than none.
   */
  setAside(session: MediaSession, lost = false): void {
    clearTimeout(this.#timer);
    this.#ready = false;
    // Of one that is lost the last pictures count, if it has any.
    if (!session.flowing && !(lost && this.#remote.dependsOn(session.number))) {
      session.close();
      return;
    }
    this.close();
    this.#previous = session;
    this.#lost = lost;
  }

  /** The present session is up. `publishing`: others have to be switched to what it sends. */
  start(publishing: boolean): void {
    if (!this.#previous) return;
    clearTimeout(this.#timer);
    this.#ready = false;
    const overlap = this.#lost ? PUBLISH_OVERLAP.lostMs : PUBLISH_OVERLAP.movedMs;
    this.#timer = setTimeout(
      () => {
        this.#ready = true;
        // A node that is lost may have been alive, and only its socket gone. Encoding twice has a price, though.
        if (this.#lost) this.#previous?.hush();
        // A stream nobody sends any more would otherwise keep the old session for ever.
        this.#timer = setTimeout(() => this.close(), SWITCH_TIMEOUT_MS);
        this.finish();
      },
      publishing ? overlap : 0,
    );
  }

  /** The present session is not up any more: the old one may be all there is. */
  interrupt(): void {
    clearTimeout(this.#timer);
    this.#ready = false;
  }

  /** Lets the old session go when nothing is shown by it any more, and the page has had time to show the rest. */
  finish(): void {
    if (!this.#ready || !this.#previous || this.#remote.dependsOn(this.#previous.number)) return;
    this.#ready = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.close(), SETTLING.exchangeMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    const previous = this.#previous;
    this.#previous = null;
    if (!previous) return;
    previous.close();
    this.#remote.forget(previous.number);
    this.#over();
  }
}
