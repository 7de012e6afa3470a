import { NODE_WATCH } from './config.ts';
import type { MediaSession } from './media-session.ts';
import { Silence } from './silence.ts';

export type NodeWatchOptions = {
  /** The session in use, while it is up. */
  current: () => MediaSession | null;
  /** The one that could take its place. */
  standby: () => MediaSession | null;
  /** The node has been silent for too long. Called again as long as it is. */
  silent(standbyAnswers: boolean): void;
  /** It answers on its socket, and no packets arrive although they should. Once, until some arrive again. */
  noPackets(): void;
};

/**
 * Listens for signs of life of the node in use, while there is a standby to go to. Packets are enough; only without
 * them the node is asked for one over its socket, and the standby too, to tell the node's silence from one's own.
 */
export class NodeWatch {
  readonly #options: NodeWatchOptions;
  readonly #silence = new Silence(NODE_WATCH.lookMs);
  readonly #packetSilence = new Silence(NODE_WATCH.lookMs);
  #watched: MediaSession | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #asked = false;
  #standbyAnswers = false;
  #askedInVain = false;
  #noPackets = false;
  #warnedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: NodeWatchOptions) {
    this.#options = options;
  }

  /** To be called when the standby has become ready or is not any more. */
  update(): void {
    const needed = this.#options.standby() !== null;
    if (needed === (this.#timer !== undefined)) return;
    clearInterval(this.#timer);
    this.#timer = needed ? setInterval(() => this.#look(), NODE_WATCH.lookMs) : undefined;
    this.#watched = null;
  }

  /** Others who were at the node in use have left it for the standby, which said so. */
  warned(): void {
    this.#warnedUntil = performance.now() + NODE_WATCH.warnedMs;
    if (this.#timer !== undefined) this.#look();
  }

  /** Whether the standby is known not to answer, because it was asked in vain for as long as that may take. */
  get standbySilent(): boolean {
    return this.#askedInVain;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const current = this.#options.current();
    const standby = this.#options.standby();
    if (current !== this.#watched) this.#begin(current);
    if (!current || !standby) return;
    const now = performance.now();
    const { onSocket, inPackets } = current.heard();
    const limits = now < this.#warnedUntil ? NODE_WATCH.warned : NODE_WATCH.usual;
    this.#listen(this.#silence.look(now, onSocket || inPackets), limits, { current, standby });
    this.#expectPackets(this.#packetSilence.look(now, inPackets || !current.expectsPackets));
  }

  #begin(current: MediaSession | null): void {
    this.#watched = current;
    this.#silence.reset();
    this.#packetSilence.reset();
    this.#asked = false;
    this.#standbyAnswers = false;
    this.#askedInVain = false;
    this.#noPackets = false;
    this.#warnedUntil = Number.NEGATIVE_INFINITY;
  }

  #listen(
    silentMs: number,
    { askMs, limitMs }: typeof NODE_WATCH.usual,
    { current, standby }: { current: MediaSession; standby: MediaSession },
  ): void {
    this.#askedInVain = false;
    if (silentMs < askMs) {
      this.#asked = false;
      this.#standbyAnswers = false;
      return;
    }
    const standbyHeard = standby.heard().onSocket;
    if (!this.#asked) {
      // What it said before does not count.
      this.#asked = true;
      current.probe();
      standby.probe();
    } else if (standbyHeard) {
      this.#standbyAnswers = true;
    }
    if (silentMs < limitMs) return;
    this.#askedInVain = !this.#standbyAnswers;
    this.#options.silent(this.#standbyAnswers);
  }

  #expectPackets(silentMs: number): void {
    if (silentMs < NODE_WATCH.noPacketsMs) this.#noPackets = silentMs > 0 && this.#noPackets;
    else if (!this.#noPackets) {
      this.#noPackets = true;
      this.#options.noPackets();
    }
  }
}
