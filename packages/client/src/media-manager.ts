import type { MediaPlaces, mediaRpc, Source } from '@meridian/protocol';
import { FOLLOWING } from './config.ts';
import { FailoverGuard } from './failover-guard.ts';
import { Handover } from './handover.ts';
import type { MediaManagerOptions } from './media-manager-options.ts';
import type { MediaSession } from './media-session.ts';
import type { MediaSessionHandlers } from './media-session-options.ts';
import {
  MEDIA_IDLE,
  type MediaEffect,
  type MediaEvent,
  type MediaState,
  mediaTransition,
} from './media-state.ts';
import { Places, type StandbyPlace } from './places.ts';
import { QualityMonitor } from './quality-monitor.ts';
import { Retry } from './retry.ts';
import type { Publication } from './sender.ts';
import type { SessionLoss } from './session-loss.ts';
import { SessionOpener } from './session-opener.ts';
import type { MeetingStats } from './stats.ts';
import type { ReceiveOptions } from './types.ts';
import { Wanted } from './wanted.ts';
import type { Wishes } from './wishes.ts';

/**
 * Keeps media going over one session after another, from the first move(). Each is given what is wanted; the one
 * before is closed only when the new one delivers. What happens when is decided by `mediaTransition`; here it is
 * carried out.
 */
export class MediaManager {
  readonly #options: MediaManagerOptions;
  readonly #wanted: Wanted;
  readonly #retry: Retry;
  readonly #unsubscribeWake: () => void;
  readonly #monitor: QualityMonitor;
  readonly #opener: SessionOpener;
  readonly #handover: Handover;
  readonly #guard: FailoverGuard;
  readonly #places: Places;
  #state: MediaState = MEDIA_IDLE;
  #current: MediaSession | null = null;
  #down = false;

  constructor(options: MediaManagerOptions) {
    this.#options = options;
    this.#wanted = new Wanted({
      receive: options.receive,
      remote: options.remote,
      sessions: () => ({
        current: this.#current,
        previous: this.#handover.previous,
        standby: this.#guard.standby.session,
      }),
      unpublished: options.handlers.unpublished,
    });
    this.#places = new Places(options.failover);
    this.#opener = new SessionOpener({
      ...options,
      carried: () => this.#monitor.carried,
      uplink: () => ({
        floorKbps: this.#wanted.floorKbps(this.#monitor.uplink),
        narrow: this.#monitor.narrow,
      }),
      measure: () => this.#monitor.estimate(),
      handlersOf: (session) => this.#handlersOf(session),
    });
    this.#handover = new Handover(options.remote, () =>
      this.#guard.standby.media(this.#state.phase === 'up' && !this.#handover.moving),
    );
    this.#retry = new Retry(options.policy, options.environment.random, () =>
      this.#happened({ event: 'due', tokenStale: this.#opener.token.stale }),
    );
    this.#unsubscribeWake = options.environment.wake.subscribe((why) => {
      this.#retry.hurry();
      for (const session of [this.#current, this.#guard.standby.session]) {
        session?.probe();
        // On another network the old path is dead, and nothing says so for seconds.
        if (why === 'network' && !session?.interrupted) session?.restartIce();
      }
    });
    this.#guard = new FailoverGuard({
      policy: options.policy,
      random: options.environment.random,
      people: options.people,
      open: (assignment) => this.#opener.openStandby(assignment),
      places: this.#places,
      current: () => this.#current,
      working: () => this.#state.phase === 'up' || this.#state.phase === 'disturbed',
      carried: () => this.#state.carried,
      standbyGone: () => this.wishes.disconnectStandby(),
      roomLostAt: options.roomLostAt,
      failOver: () => {
        const before = this.#current;
        this.#happened({ event: 'fail_over' });
        return this.#current !== before;
      },
      failedOver: options.handlers.failedOver,
    });
    this.#monitor = new QualityMonitor({
      session: () => this.#current,
      down: () => this.#down,
      publications: this.#wanted.publications,
      remote: options.remote,
      tell: options.handlers.quality,
      squeezed: (available) => this.#squeezed(available),
    });
  }

  /** Which videos are wished for. */
  get wishes(): Wishes {
    return this.#wanted.wishes;
  }

  /** The session in use, once it can be used. */
  get session(): MediaSession | null {
    return this.#current?.ready ? this.#current : null;
  }

  /** The room has said where media goes now, with a fresh token. */
  move(places: MediaPlaces): void {
    const { sfu } = places;
    const tried = this.#places.named;
    this.#places.name(places);
    this.#opener.token.give(sfu.media_token);
    this.#happened({
      event: 'named',
      at: this.#places.of(this.#at),
      known: tried !== null && tried.url === sfu.url && tried.dtls_fingerprint === sfu.dtls_fingerprint,
    });
    this.#guard.arm();
    // It has not heard yet that the standby is in use.
    if (this.#state.phase === 'up') this.#guard.tellPlace();
  }

  /** The room has named another standby, or none. The node in use stays. */
  prepare({ standby, failover }: StandbyPlace): void {
    if (!this.#places.nameStandby({ standby, failover })) return;
    if (standby) this.#opener.token.give(standby.media_token);
    this.#guard.arm();
  }

  /**
   * Publishes, changes or withdraws a source; null withdraws. Resolves when the node has it, or at once when there
   * is no connection now: then it follows with the next.
   */
  publish(source: Source, publication: Publication | null): Promise<void> {
    return this.#wanted.publish(source, publication);
  }

  /** See Meeting.setReceive. */
  setReceive(receive: ReceiveOptions): void {
    this.#wanted.setReceive(receive);
  }

  /** Streams have come or gone. */
  streamsChanged(): void {
    this.#wanted.streamsChanged();
    this.#handover.finish();
  }

  /** Everything measurable, since the last look. Null without media. */
  async stats(): Promise<MeetingStats | null> {
    const stats = await this.#monitor.stats();
    const nodeId = this.#at;
    if (!stats || nodeId === undefined) return null;
    return { ...stats, nodeId, standby: this.#guard.stats };
  }

  close(): void {
    this.#happened({ event: 'close' });
  }

  /** The node in use. */
  get #at(): string | undefined {
    return this.#current?.endpoint.node_id;
  }

  /** The sessions there are. */
  get #kept(): (MediaSession | null)[] {
    return [this.#current, this.#handover.previous, this.#guard.standby.session];
  }

  #happened(event: MediaEvent): void {
    const { state, effects } = mediaTransition(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: MediaEffect): void {
    const { handlers } = this.#options;
    switch (effect.effect) {
      case 'open':
        this.#open();
        break;
      case 'set_aside':
        if (this.#current) this.#handover.setAside(this.#current);
        this.#current = null;
        this.#guard.standby.media(false);
        break;
      case 'activate':
        this.#failOver();
        break;
      case 'drop':
        this.#current?.close();
        this.#current = null;
        break;
      case 'renew_token':
        void this.#renew();
        break;
      case 'retry':
        this.#retry.schedule(effect.atLeastMs);
        if (effect.atOnce) this.#retry.hurry();
        break;
      case 'hurry':
        this.#retry.hurry();
        break;
      case 'tell_interrupted':
        this.#tellInterrupted(effect.down);
        break;
      case 'hand_over':
        this.#retry.succeeded();
        this.#handover.start(this.#wanted.publications.size > 0);
        // As long as two sessions carry everything there is no need of a third, which would slow both down.
        this.#guard.standby.media(!this.#handover.moving);
        this.#guard.tellPlace();
        break;
      case 'ask_room':
        if (effect.about === 'wrong_node') handlers.outdated();
        else if (this.#places.named) handlers.astray(this.#places.named.node_id, effect.about);
        break;
      case 'release':
        this.#release();
        break;
      case 'tell_impossible':
        handlers.failed(effect.error);
        break;
    }
  }

  #open(): void {
    const endpoint = this.#places.next(this.#state.failures);
    if (!endpoint) return;
    if (this.#guard.standby.ready?.endpoint.node_id === endpoint.node_id) {
      this.#activate();
      return;
    }
    this.#current = this.#opener.open(endpoint);
    this.#guard.arm();
  }

  /** The node in use is lost: its pictures stand still until the standby brings others. */
  #failOver(): void {
    const lost = this.#current;
    if (lost) {
      this.#handover.setAside(lost, true);
      // It may be there and not hear: sent twice, everything would be slower.
      if (this.#guard.reason !== 'socket_closed') lost.hush();
      if (lost.interrupted) lost.giveUp();
    }
    this.#current = null;
    this.wishes.disconnect();
    this.#activate();
  }

  /** Makes the standby the session in use. */
  #activate(): void {
    const waits = this.#guard.standby.assignment?.tier === 'warm';
    const session = this.#guard.standby.take();
    const welcome = session?.welcome;
    if (!session || !welcome) return;
    this.#current = session;
    session.activate(this.#opener.nextNumber(), { carried: this.#monitor.carried, waits });
    this.wishes.disconnectStandby();
    this.#begin(session, welcome);
    if (session.up) this.#happened({ event: 'up' });
  }

  /** What a session tells goes by what it is then, which changes: a standby, in use, set aside. */
  #handlersOf(session: () => MediaSession): MediaSessionHandlers {
    const { handlers } = this.#options;
    const isCurrent = () => session() === this.#current;
    return {
      stage: handlers.stage,
      welcomed: (welcome) => this.#welcomed(session(), welcome),
      up: () => {
        if (isCurrent()) this.#happened({ event: 'up' });
        else this.#standbyUp(session());
      },
      disturbed: () => this.#disturbed(session()),
      interrupted: () => this.#interrupted(session()),
      resumed: () => this.#standbyUp(session()),
      othersHeard: (since) =>
        this.#options.roomHeardAt() > since ||
        this.#kept.some((other) => other !== null && other !== session() && other.heardAt > since),
      networkHeld: (since) => this.#options.roomHeardAt() > since && this.#options.roomLostAt() < since,
      lost: (loss) => this.#lost(session(), loss),
      othersCame: () => {
        if (session() === this.#guard.standby.session) this.#guard.warned();
      },
      tokenNeeded: () => void this.#opener.renewOn(session(), () => this.#kept.includes(session())),
      watched: (source, layers) => {
        if (isCurrent()) this.#wanted.watched(source, layers);
      },
      speakers: (speakers) => {
        if (isCurrent()) handlers.speakers(speakers);
      },
      score: (streamId, scores) => {
        if (isCurrent()) this.#monitor.scored(streamId, scores);
      },
    };
  }

  #welcomed(session: MediaSession, welcome: mediaRpc.Welcome): void {
    const { standby } = this.#guard;
    if (session === this.#current) this.#begin(session, welcome);
    else if (session === standby.session) this.#wanted.prepare(session, standby.assignment?.tier === 'hot');
  }

  #begin(session: MediaSession, welcome: mediaRpc.Welcome): void {
    this.#wanted.bringAbout(session);
    this.#options.data.connected(session);
    this.#options.handlers.welcomed(welcome);
  }

  #standbyUp(session: MediaSession): void {
    const { standby } = this.#guard;
    if (session === standby.session && session.up && !session.interrupted) standby.up();
  }

  #interrupted(session: MediaSession): void {
    if (session === this.#current) this.#guard.interrupted(session);
    else if (session === this.#guard.standby.session) this.#guard.standby.disturbed();
    // Whether it is one's own network.
    this.#options.probeRoom();
    for (const other of this.#kept) if (other !== session) other?.probe();
  }

  #disturbed(session: MediaSession): void {
    if (session === this.#current) this.#happened({ event: 'disturbed' });
    else if (session === this.#guard.standby.session) this.#guard.standby.disturbed();
    else if (session === this.#handover.previous) this.#happened({ event: 'carrier_lost' });
  }

  #lost(session: MediaSession, loss: SessionLoss): void {
    if (session === this.#handover.previous) {
      this.#happened({ event: 'carrier_lost' });
      if (!session.flowing) this.#handover.close();
    }
    if (session === this.#guard.standby.session) {
      if (loss.reason === 'token') this.#opener.token.expire();
      this.#guard.standby.lost(loss);
    }
    if (session !== this.#current) return;
    if (this.#guard.lost(loss)) return;
    this.wishes.disconnect();
    this.#guard.standby.media(false);
    if (loss.reason === 'impossible') {
      this.#happened({ event: 'impossible', error: loss.error });
      return;
    }
    if (loss.reason === 'token') this.#opener.token.expire();
    this.#happened({ event: 'lost', reason: loss.reason, retryAfterMs: loss.error.retryAfterMs ?? 0 });
    // What carries meanwhile is what wishes are for.
    const carrier = this.#handover.previous;
    if (this.#state.carried && carrier) this.#wanted.subscribeBy(carrier);
  }

  /**
   * The way up is congested, and estimated to carry so much, bits per second. Where it is only the floor that holds that up,
   * a session without one follows, since a floor cannot be changed.
   */
  #squeezed(available: number): void {
    const session = this.#current;
    if (!session?.floorKbps || available > session.floorKbps * 1000 * FOLLOWING.atFloor) return;
    this.#monitor.squeezed();
    session.renew();
  }

  async #renew(): Promise<void> {
    try {
      await this.#opener.token.renew();
      this.#happened({ event: 'token' });
    } catch {
      // The room cannot be reached either. When it can, it names a node and a token anew (move).
      this.#happened({ event: 'no_token' });
    }
  }

  #tellInterrupted(down: boolean): void {
    if (this.#down === down) return;
    this.#down = down;
    if (down) this.#handover.interrupt();
    this.#options.handlers.interrupted(down);
    this.#monitor.interrupted();
  }

  #release(): void {
    this.#unsubscribeWake();
    this.#retry.close();
    this.#guard.close();
    this.#monitor.close();
    this.#wanted.close();
    this.#handover.close();
    this.#current?.close();
    this.#current = null;
  }
}
