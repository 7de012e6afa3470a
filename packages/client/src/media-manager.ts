import type {
  Failover,
  IceServer,
  MediaPlaces,
  MeridianError,
  mediaRpc,
  SfuEndpoint,
  Source,
} from '@meridian/protocol';
import type { ConnectionQuality } from './connection-quality.ts';
import type { DataChannels } from './data-channels.ts';
import type { Environment } from './environment.ts';
import { toMeridianError } from './errors.ts';
import { decide, type Evidence, type FailoverReason, reasonOf } from './failover.ts';
import { Handover } from './handover.ts';
import { MediaSession, type SessionLoss } from './media-session.ts';
import {
  MEDIA_IDLE,
  type MediaEffect,
  type MediaEvent,
  type MediaState,
  mediaTransition,
} from './media-state.ts';
import { MediaToken } from './media-token.ts';
import { NodeWatch } from './node-watch.ts';
import { QualityMonitor } from './quality-monitor.ts';
import { receiveMessage } from './receive.ts';
import type { RemoteStreams } from './remote-streams.ts';
import { Retry } from './retry.ts';
import type { Publication } from './sender.ts';
import { Standby } from './standby.ts';
import type { MeetingStats } from './stats.ts';
import type { JoinStages, ReceiveOptions, ReconnectPolicy } from './types.ts';
import { Wishes } from './wishes.ts';

export type MediaHandlers = {
  stage(name: keyof JoinStages): void;
  /** The node in use. */
  welcomed(welcome: mediaRpc.Welcome): void;
  /** Whether media is interrupted and being restored. */
  interrupted(down: boolean): void;
  /** The node does not accept this source; it is no longer published. */
  unpublished(source: Source, error: MeridianError): void;
  speakers(speakers: mediaRpc.Speakers): void;
  quality(quality: ConnectionQuality): void;
  /** A node is of no use: the room has to name another (move). */
  astray(nodeId: string, reason: 'unreachable' | 'lost'): void;
  /** Media is at `to` from now on, the standby of `from`, which is lost: the room has to hear of it. */
  failedOver(from: string, to: string, reason: FailoverReason): void;
  /** What the room said of the node is not so: it has to say it anew (move). */
  outdated(): void;
  /** There is no way to have media with this page. The last call. */
  failed(error: MeridianError): void;
};

export type MediaManagerOptions = {
  environment: Environment;
  policy: ReconnectPolicy;
  iceServers: readonly IceServer[];
  iceTransportPolicy: RTCIceTransportPolicy;
  receive: ReceiveOptions;
  /** The most that is prepared for the loss of a node. */
  failover: Failover;
  remote: RemoteStreams;
  data: DataChannels;
  /** A fresh media token from the room. Rejects while the room cannot be reached. */
  requestToken(): Promise<string>;
  handlers: MediaHandlers;
};

/**
 * Keeps media going over one session after another, from the first move(). Holds what is wanted (publications,
 * wishes) and gives it to each new session; the one before is closed only when the new one delivers. What happens
 * when is decided by `mediaTransition`; here it is carried out.
 */
export class MediaManager {
  readonly wishes = new Wishes();
  readonly #options: MediaManagerOptions;
  readonly #retry: Retry;
  readonly #unsubscribeWake: () => void;
  readonly #publications = new Map<Source, Publication>();
  /** How many layers of them are watched, as the node in use has said. */
  readonly #watched = new Map<Source, number>();
  readonly #monitor: QualityMonitor;
  readonly #token: MediaToken;
  readonly #handover: Handover;
  readonly #standby: Standby;
  readonly #watch: NodeWatch;
  #state: MediaState = MEDIA_IDLE;
  #endpoints: readonly SfuEndpoint[] = [];
  #named: Omit<MediaPlaces, 'sfu'> = { standby: null, failover: 'cold' };
  /** Where media is by what the room was told, until it names a place itself. */
  #claimed: SfuEndpoint | null = null;
  #receive: ReceiveOptions;
  #current: MediaSession | null = null;
  #sessions = 0;
  #down = false;
  /** What the node in use was last lost by, for the room. */
  #failedBy: FailoverReason = 'socket_closed';

  constructor(options: MediaManagerOptions) {
    this.#options = options;
    this.#receive = options.receive;
    this.#token = new MediaToken(options.requestToken);
    this.#handover = new Handover(options.remote);
    this.#retry = new Retry(options.policy, options.environment.random, () =>
      this.#happened({ event: 'due', tokenStale: this.#token.stale }),
    );
    this.#unsubscribeWake = options.environment.wake.subscribe((why) => {
      this.#retry.hurry();
      for (const session of [this.#current, this.#standby.session]) {
        session?.probe();
        // On another network the old path is dead, and nothing says so for seconds.
        if (why === 'network') session?.restartIce();
      }
    });
    this.#standby = new Standby({
      policy: options.policy,
      random: options.environment.random,
      open: async ({ endpoint, tier }) => {
        if (this.#token.stale) await this.#token.renew();
        return this.#session(endpoint, { number: null, hot: tier === 'hot' });
      },
      changed: () => this.#standbyChanged(),
    });
    this.#watch = new NodeWatch({
      current: () => (this.#state.phase === 'up' || this.#state.phase === 'disturbed' ? this.#current : null),
      standby: () => this.#standby.ready,
      silent: (answers) => this.#suspect('silent', answers ? 'answers' : 'silent'),
      noPackets: () => this.#suspect('answers', 'answers'),
    });
    this.#monitor = new QualityMonitor({
      session: () => this.#current,
      down: () => this.#down,
      publications: this.#publications,
      remote: options.remote,
      tell: options.handlers.quality,
    });
  }

  /** The session in use, once it can be used. */
  get session(): MediaSession | null {
    return this.#current?.ready ? this.#current : null;
  }

  /** The room has said where media goes now, with a fresh token. */
  move({ sfu, standby, failover }: MediaPlaces): void {
    this.#claimed = null;
    const tried = this.#endpoints[0];
    const at = this.#current?.endpoint.node_id;
    this.#endpoints = standby ? [sfu, standby] : [sfu];
    this.#token.give(sfu.media_token);
    this.#happened({
      event: 'named',
      stays: this.#endpoints.some((endpoint) => endpoint.node_id === at),
      known: tried !== undefined && tried.url === sfu.url && tried.dtls_fingerprint === sfu.dtls_fingerprint,
    });
    this.#named = { standby, failover };
    this.#assignStandby();
    // It has not heard yet that the standby is in use.
    if (this.#state.phase === 'up') this.#tellPlace();
  }

  /** The room has named another standby, or none. The node in use stays. */
  prepare({ standby, failover }: Omit<MediaPlaces, 'sfu'>): void {
    // Named by us, it is the room's word as well now; whether the session there still stands is another matter.
    const sfu = this.#claimed ?? this.#endpoints[0];
    if (!sfu) return;
    this.#endpoints = standby ? [sfu, standby] : [sfu];
    if (standby) this.#token.give(standby.media_token);
    this.#named = { standby, failover };
    this.#assignStandby();
  }

  /**
   * Publishes, changes or withdraws a source; null withdraws. Resolves when the node has it, or at once when there
   * is no connection now: then it follows with the next.
   */
  async publish(source: Source, publication: Publication | null): Promise<void> {
    if (publication) this.#publications.set(source, publication);
    else {
      this.#publications.delete(source);
      this.#watched.delete(source);
    }
    // What still flows over the session before obeys too: who mutes is muted at once. It has nothing to refuse.
    const before = this.#handover.previous?.publish(source, publication).catch(() => {});
    // And so does what is only prepared. Whether the node would take it is asked again when it is needed.
    this.#standby.session?.publish(source, publication).catch(() => {});
    try {
      await Promise.all([before, this.#current?.publish(source, publication)]);
    } catch (error) {
      if (this.#publications.get(source) === publication) this.#publications.delete(source);
      throw toMeridianError(error);
    }
  }

  /** See Meeting.setReceive. */
  setReceive(receive: ReceiveOptions): void {
    this.#receive = receive;
    for (const session of [this.#current, this.#standby.session]) {
      session?.setReceive(receiveMessage(receive));
    }
  }

  /** Streams have come or gone. */
  streamsChanged(): void {
    this.wishes.streams(this.#options.remote.all());
    this.#handover.finish();
  }

  /** Everything measurable, since the last look. Null without media. */
  async stats(): Promise<MeetingStats | null> {
    const stats = await this.#monitor.stats();
    const assignment = this.#standby.assignment;
    const at = this.#current?.endpoint.node_id;
    if (!stats || at === undefined) return null;
    return {
      ...stats,
      nodeId: at,
      standby: assignment && {
        nodeId: assignment.endpoint.node_id,
        tier: assignment.tier,
        ready: this.#standby.ready !== null,
      },
    };
  }

  close(): void {
    this.#happened({ event: 'close' });
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
        this.#handover.start(this.#publications.size > 0);
        this.#standby.media(true);
        this.#tellPlace();
        break;
      case 'ask_room':
        if (effect.about === 'wrong_node') handlers.outdated();
        else if (this.#endpoints[0]) handlers.astray(this.#endpoints[0].node_id, effect.about);
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
    // First again where it was; then the standby has its turn every second time: one of the two may be gone for good.
    const tries = Math.max(0, this.#state.failures - 1);
    const endpoint = this.#endpoints[tries % this.#endpoints.length];
    if (!endpoint) return;
    if (this.#standby.ready?.endpoint.node_id === endpoint.node_id) {
      this.#activate();
      return;
    }
    this.#sessions += 1;
    this.#current = this.#session(endpoint, { number: this.#sessions, hot: false });
    this.#assignStandby();
  }

  /** The node in use is lost: its pictures stand still until the standby brings others. */
  #failOver(): void {
    const lost = this.#current;
    if (lost) {
      this.#handover.setAside(lost, true);
      // It may be there and not hear: sent twice, everything would be slower.
      if (this.#failedBy !== 'socket_closed') lost.hush();
    }
    this.#current = null;
    this.wishes.disconnect();
    this.#activate();
  }

  /** Makes the standby the session in use. */
  #activate(): void {
    const session = this.#standby.take();
    const welcome = session?.welcome;
    if (!session || !welcome) return;
    this.#sessions += 1;
    this.#current = session;
    session.activate(this.#sessions);
    this.wishes.disconnectStandby();
    this.#begin(session, welcome);
    if (session.up) this.#happened({ event: 'up' });
  }

  #session(endpoint: SfuEndpoint, { number, hot }: { number: number | null; hot: boolean }): MediaSession {
    const { environment, iceServers, iceTransportPolicy, remote, data, handlers } = this.#options;
    const session: MediaSession = new MediaSession({
      environment,
      number,
      hot,
      known: this.#monitor.known,
      endpoint,
      token: this.#token.value,
      iceServers,
      iceTransportPolicy,
      remote,
      data,
      handlers: {
        stage: handlers.stage,
        welcomed: (welcome) => this.#welcomed(session, welcome),
        up: () => {
          if (session === this.#current) this.#happened({ event: 'up' });
          else if (session === this.#standby.session) this.#standby.up();
        },
        disturbed: () => this.#disturbed(session),
        lost: (loss) => this.#lost(session, loss),
        tokenNeeded: () => void this.#renewOn(session),
        watched: (source, layers) => {
          if (session !== this.#current) return;
          this.#watched.set(source, layers);
          this.#standby.session?.setWatched(source, layers);
        },
        speakers: (speakers) => {
          if (session === this.#current) handlers.speakers(speakers);
        },
        score: (streamId, scores) => {
          if (session === this.#current) this.#monitor.scored(streamId, scores);
        },
      },
    });
    return session;
  }

  #welcomed(session: MediaSession, welcome: mediaRpc.Welcome): void {
    if (session === this.#current) this.#begin(session, welcome);
    else if (session === this.#standby.session) this.#prepareOn(session);
  }

  /** What can be made ready on a standby before it is needed. */
  #prepareOn(session: MediaSession): void {
    if (this.#standby.assignment?.tier !== 'hot') return;
    this.wishes.connectStandby((version, streams) => session.subscribe(version, streams));
    session.setReceive(receiveMessage(this.#receive));
    // What the node refuses now it refuses again when it is needed, and then it matters.
    for (const [source, publication] of this.#publications) {
      const watched = this.#watched.get(source);
      if (watched !== undefined) session.setWatched(source, watched);
      session.publish(source, publication).catch(() => {});
    }
  }

  /** Brings everything that is wanted about on the session in use. */
  #begin(session: MediaSession, welcome: mediaRpc.Welcome): void {
    // First, since its answer takes a round trip.
    this.wishes.streams(this.#options.remote.all());
    this.wishes.connect((version, streams) => session.subscribe(version, streams));
    const receive = receiveMessage(this.#receive);
    if (receive.audio_only || receive.max_bitrate !== null) session.setReceive(receive);
    for (const [source, publication] of this.#publications) {
      session.publish(source, publication).catch((error: unknown) => {
        if (this.#state.phase === 'closed' || this.#publications.get(source) !== publication) return;
        this.#publications.delete(source);
        this.#options.handlers.unpublished(source, toMeridianError(error));
      });
    }
    this.#options.data.connected(session);
    this.#options.handlers.welcomed(welcome);
  }

  #disturbed(session: MediaSession): void {
    if (session === this.#current) this.#happened({ event: 'disturbed' });
    else if (session === this.#standby.session) this.#standby.disturbed();
    else if (session === this.#handover.previous) this.#happened({ event: 'carrier_lost' });
  }

  #lost(session: MediaSession, loss: SessionLoss): void {
    if (session === this.#handover.previous) {
      this.#happened({ event: 'carrier_lost' });
      if (!session.flowing) this.#handover.close();
    }
    if (session === this.#standby.session) {
      if (loss.reason === 'token') this.#token.expire();
      this.#standby.lost(loss);
    }
    if (session !== this.#current) return;
    const standby = !this.#standby.ready ? 'unready' : this.#watch.standbySilent ? 'silent' : 'answers';
    if (loss.evidence && this.#suspect(loss.evidence, standby)) return;
    this.wishes.disconnect();
    this.#standby.media(false);
    if (loss.reason === 'impossible') {
      this.#happened({ event: 'impossible', error: loss.error });
      return;
    }
    if (loss.reason === 'token') this.#token.expire();
    this.#happened({ event: 'lost', reason: loss.reason, retryAfterMs: loss.error.retryAfterMs ?? 0 });
    // What carries meanwhile is what wishes are for.
    const carrier = this.#handover.previous;
    if (this.#state.carried && carrier) {
      this.wishes.connect((version, streams) => carrier.subscribe(version, streams));
    }
  }

  /** Something is wrong with the node in use. True when the standby has taken its place. */
  #suspect(current: Evidence['current'], standby: Evidence['standby']): boolean {
    if (this.#state.carried) return false;
    const decision = decide({ current, standby });
    if (decision === 'restart_ice') this.#current?.restartIce();
    if (decision !== 'activate') return false;
    this.#failedBy = reasonOf(current);
    const before = this.#current;
    this.#happened({ event: 'fail_over' });
    return this.#current !== before;
  }

  /** As the room has named it. One that is in use is none. */
  #assignStandby(): void {
    const { standby, failover } = this.#named;
    const elsewhere = standby && standby.node_id !== this.#current?.endpoint.node_id;
    const tier = lesser(failover, this.#options.failover);
    this.#standby.assign(elsewhere && tier !== 'cold' ? { endpoint: standby, tier } : null);
  }

  #standbyChanged(): void {
    if (!this.#standby.session) this.wishes.disconnectStandby();
    this.#watch.update();
  }

  /** The room has to know when media is where it has not named. */
  #tellPlace(): void {
    const [named] = this.#endpoints;
    const at = this.#current?.endpoint;
    if (!named || !at || named.node_id === at.node_id) return;
    this.#claimed = at;
    this.#options.handlers.failedOver(named.node_id, at.node_id, this.#failedBy);
  }

  async #renew(): Promise<void> {
    try {
      await this.#token.renew();
      this.#happened({ event: 'token' });
    } catch {
      // The room cannot be reached either. When it can, it names a node and a token anew (move).
      this.#happened({ event: 'no_token' });
    }
  }

  async #renewOn(session: MediaSession): Promise<void> {
    try {
      const token = await this.#token.renew();
      const kept: (MediaSession | null)[] = [this.#current, this.#handover.previous, this.#standby.session];
      if (kept.includes(session)) await session.renewToken(token);
    } catch {
      // The node asks again, and closes when the authorisation has run out; then a new session is made.
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
    this.#watch.close();
    this.#standby.close();
    this.#monitor.close();
    this.wishes.disconnect();
    this.wishes.disconnectStandby();
    this.#handover.close();
    this.#current?.close();
    this.#current = null;
  }
}

const TIERS: readonly Failover[] = ['cold', 'warm', 'hot'];

function lesser(a: Failover, b: Failover): Failover {
  return TIERS.indexOf(a) < TIERS.indexOf(b) ? a : b;
}
