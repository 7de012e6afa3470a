import { EventEmitter } from 'node:events';
import { LIMITS, type mediaRpc, type relay, streamId } from '@meridian/protocol';
import type { Router } from 'mediasoup/types';
import { SPEAKERS } from '../config.ts';
import type { Logger } from '../logger.ts';
import { Throttle } from '../net/throttle.ts';
import type { Publication } from '../sfu/publication.ts';
import type { StreamDirectory } from '../sfu/stream-directory.ts';
import { LevelObserver } from './level-observer.ts';
import { byLoudness, SpeakerChoice } from './speaker-choice.ts';

type AudioLevel = mediaRpc.AudioLevel;
/** An observer, there while microphones are watched with it. Counts those on their way to it as well. */
type Watching = { readonly router: Router; readonly observer: Promise<LevelObserver>; microphones: number };

/** Whom clients are told of. */
export type Speakers = { active: string | null; levels: AudioLevel[] };
/** What nodes tell one another. */
export type NodeLevels = Pick<Extract<relay.RelayMessage, { type: 'relay_levels' }>, 'levels' | 'active'>;

type MeetingSpeakersEvents = {
  /** Not more often than clients are to hear of it. */
  changed: [Speakers];
  /** The one in front is another, or nobody any more. */
  active: [];
  /** What other nodes are to hear, not more often than they are to. */
  local: [];
};

export type MeetingSpeakersOptions = {
  /** This node's id. */
  self: string;
  streams: StreamDirectory;
  logger: Logger;
};

/**
 * Who is heard in a meeting, and who of them belongs in front. Each node measures the microphones published at it,
 * tells the others, and chooses by itself.
 */
export class MeetingSpeakers extends EventEmitter<MeetingSpeakersEvents> {
  readonly #options: MeetingSpeakersOptions;
  readonly #watching = new Map<Router, Watching>();
  readonly #ready = new Set<LevelObserver>();
  readonly #remote = new Map<string, NodeLevels>();
  readonly #choice = new SpeakerChoice();
  readonly #clients = new Throttle(SPEAKERS.interval, () => this.#tellClients());
  readonly #nodes = new Throttle(SPEAKERS.interval, () => this.#tellNodes());
  #due: NodeJS.Timeout | undefined;
  #lastActive: string | null = null;
  #toldClients = '';
  #toldNodes = '';
  #closed = false;

  constructor(options: MeetingSpeakersOptions) {
    super();
    // One listener per peer.
    this.setMaxListeners(0);
    this.#options = options;
    this.#toldClients = JSON.stringify(this.current);
    this.#toldNodes = JSON.stringify(this.local);
    options.streams.on('published', this.#onPublished);
    options.streams.on('removed', this.#onStreamGone);
  }

  get active(): string | null {
    return this.#choice.active;
  }

  /** For clients: loudest first, in steps that can be seen. */
  get current(): Speakers {
    const levels = this.#audible()
      .slice(0, LIMITS.audibleSpeakers)
      .map(({ participant_id, level }) => ({
        participant_id,
        level: Math.min(0, Math.round(level / SPEAKERS.step) * SPEAKERS.step),
      }));
    return { active: this.active, levels };
  }

  /** For the other nodes: the loudest of those who publish here. */
  get local(): NodeLevels {
    return { levels: this.#measured().slice(0, SPEAKERS.relayed), active: this.active };
  }

  /** Another node has spoken; null: it is gone. */
  heard(nodeId: string, levels: NodeLevels | null): void {
    if (levels === null) this.#remote.delete(nodeId);
    else this.#remote.set(nodeId, levels);
    this.#evaluate();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.streams.off('published', this.#onPublished);
    this.#options.streams.off('removed', this.#onStreamGone);
    clearTimeout(this.#due);
    this.#clients.close();
    this.#nodes.close();
    for (const watching of this.#watching.values()) this.#drop(watching);
    this.removeAllListeners();
  }

  /** Other sources than a microphone are no speech. */
  readonly #onPublished = (publication: Publication): void => {
    if (publication.stream.source !== 'microphone') return;
    this.#watch(publication).catch((error: unknown) => {
      if (publication.closed || this.#closed) return;
      this.#options.logger.warn({ err: error }, 'a microphone is not watched');
    });
  };

  async #watch(publication: Publication): Promise<void> {
    const { producer, router, release } = await publication.acquire();
    const watching = this.#observe(router.router);
    try {
      const observer = await watching.observer;
      if (producer.closed || observer.closed) return;
      producer.observer.once('close', () => this.#unwatch(watching));
      watching.microphones += 1;
      await observer.watch(publication.stream.participant_id, producer);
    } finally {
      release();
      this.#unwatch(watching);
    }
  }

  /** The observer of a router, to be let go of with #unwatch. */
  #observe(router: Router): Watching {
    const watching = this.#watching.get(router) ?? this.#open(router);
    watching.microphones += 1;
    return watching;
  }

  #unwatch(watching: Watching): void {
    watching.microphones -= 1;
    if (watching.microphones === 0) this.#drop(watching);
  }

  #open(router: Router): Watching {
    const watching: Watching = { router, observer: this.#createObserver(router), microphones: 0 };
    this.#watching.set(router, watching);
    const drop = () => this.#drop(watching);
    watching.observer.then((observer) => {
      // With its router, whose worker may have died.
      observer.once('closed', drop);
      if (observer.closed) drop();
    }, drop);
    return watching;
  }

  async #createObserver(router: Router): Promise<LevelObserver> {
    const observer = await LevelObserver.create(router);
    this.#ready.add(observer);
    observer.on('changed', () => this.#evaluate());
    return observer;
  }

  #drop(watching: Watching): void {
    if (this.#watching.get(watching.router) === watching) this.#watching.delete(watching.router);
    watching.observer.then(
      (observer) => {
        this.#ready.delete(observer);
        observer.close();
        this.#evaluate();
      },
      () => {},
    );
  }

  #evaluate(): void {
    if (this.#closed) return;
    const audible = this.#audible();
    this.#choice.update(audible, performance.now());
    if (audible.length === 0) this.#defer();
    this.#announce();
    clearTimeout(this.#due);
    const { due } = this.#choice;
    if (due !== null) this.#due = setTimeout(() => this.#evaluate(), Math.max(1, due - performance.now()));
  }

  /** In silence nothing brings nodes together that heard a last change differently, so the first of them prevails. */
  #defer(): void {
    const seniors = [...this.#remote].filter(([nodeId]) => nodeId < this.#options.self);
    const [first] = seniors.toSorted(([a], [b]) => (a < b ? -1 : 1));
    const active = first?.[1].active;
    if (active != null && this.#hasMicrophone(active)) this.#choice.adopt(active);
  }

  #announce(): void {
    const { active } = this.#choice;
    if (active !== this.#lastActive) {
      this.#lastActive = active;
      this.emit('active');
    }
    if (JSON.stringify(this.current) !== this.#toldClients) this.#clients.ask();
    if (JSON.stringify(this.local) !== this.#toldNodes) this.#nodes.ask();
  }

  #tellClients(): void {
    const { current } = this;
    this.#toldClients = JSON.stringify(current);
    this.emit('changed', current);
  }

  #tellNodes(): void {
    this.#toldNodes = JSON.stringify(this.local);
    this.emit('local');
  }

  /** Who publishes here, loudest first. */
  #measured(): AudioLevel[] {
    const levels: AudioLevel[] = [];
    for (const observer of this.#ready) {
      for (const [participant_id, level] of observer.levels) {
        levels.push({ participant_id, level: Math.round(level) });
      }
    }
    return levels.toSorted(byLoudness);
  }

  /** Everybody who is heard anywhere, loudest first. */
  #audible(): AudioLevel[] {
    const loudest = new Map<string, AudioLevel>();
    // Who moves from one node to another is at both for a moment.
    for (const entry of [
      ...this.#measured(),
      ...[...this.#remote.values()].flatMap(({ levels }) => levels),
    ]) {
      const known = loudest.get(entry.participant_id);
      if (known === undefined || known.level < entry.level) loudest.set(entry.participant_id, entry);
    }
    return [...loudest.values()].toSorted(byLoudness);
  }

  #hasMicrophone(participantId: string): boolean {
    return this.#options.streams.latest(streamId(participantId, 'microphone')) !== undefined;
  }

  readonly #onStreamGone = (): void => {
    const { active } = this.#choice;
    if (active === null || this.#hasMicrophone(active)) return;
    this.#choice.adopt(null);
    this.#evaluate();
  };
}
