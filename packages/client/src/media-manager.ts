import type { IceServer, MeridianError, mediaRpc, SfuEndpoint, Source } from '@meridian/protocol';
import type { ConnectionQuality } from './connection-quality.ts';
import type { DataChannels } from './data-channels.ts';
import type { Environment } from './environment.ts';
import { toMeridianError } from './errors.ts';
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
import { QualityMonitor } from './quality-monitor.ts';
import { receiveMessage } from './receive.ts';
import type { RemoteStreams } from './remote-streams.ts';
import { Retry } from './retry.ts';
import type { Publication } from './sender.ts';
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
  readonly #monitor: QualityMonitor;
  readonly #token: MediaToken;
  readonly #handover: Handover;
  #state: MediaState = MEDIA_IDLE;
  #endpoints: readonly SfuEndpoint[] = [];
  #receive: ReceiveOptions;
  #current: MediaSession | null = null;
  #sessions = 0;
  #down = false;

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
      this.#current?.probe();
      // On another network the old path is dead, and nothing says so for seconds.
      if (why === 'network') this.#current?.restartIce();
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
  move(sfu: SfuEndpoint, standby: SfuEndpoint | null): void {
    const tried = this.#endpoints[0];
    const at = this.#current?.endpoint.node_id;
    this.#endpoints = standby ? [sfu, standby] : [sfu];
    this.#token.give(sfu.media_token);
    this.#happened({
      event: 'named',
      stays: this.#endpoints.some((endpoint) => endpoint.node_id === at),
      known: tried !== undefined && tried.url === sfu.url && tried.dtls_fingerprint === sfu.dtls_fingerprint,
    });
  }

  /**
   * Publishes, changes or withdraws a source; null withdraws. Resolves when the node has it, or at once when there
   * is no connection now: then it follows with the next.
   */
  async publish(source: Source, publication: Publication | null): Promise<void> {
    if (publication) this.#publications.set(source, publication);
    else this.#publications.delete(source);
    // What still flows over the session before obeys too: who mutes is muted at once. It has nothing to refuse.
    const before = this.#handover.previous?.publish(source, publication).catch(() => {});
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
    this.#current?.setReceive(receiveMessage(receive));
  }

  /** Streams have come or gone. */
  streamsChanged(): void {
    this.wishes.streams(this.#options.remote.all());
    this.#handover.finish();
  }

  /** Everything measurable, since the last look. Null without media. */
  stats(): Promise<MeetingStats | null> {
    return this.#monitor.stats();
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
    // The standby has its turn every second time: one of the two may be gone for good.
    const endpoint = this.#endpoints[this.#state.failures % this.#endpoints.length];
    if (!endpoint) return;
    this.#sessions += 1;
    const { environment, iceServers, iceTransportPolicy, remote, data, handlers } = this.#options;
    const session: MediaSession = new MediaSession({
      environment,
      number: this.#sessions,
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
        },
        disturbed: () => this.#disturbed(session),
        lost: (loss) => this.#lost(session, loss),
        tokenNeeded: () => void this.#renewOn(session),
        speakers: (speakers) => {
          if (session === this.#current) handlers.speakers(speakers);
        },
        score: (streamId, scores) => {
          if (session === this.#current) this.#monitor.scored(streamId, scores);
        },
      },
    });
    this.#current = session;
  }

  #welcomed(session: MediaSession, welcome: mediaRpc.Welcome): void {
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
    else if (session === this.#handover.previous) this.#happened({ event: 'carrier_lost' });
  }

  #lost(session: MediaSession, loss: SessionLoss): void {
    if (session === this.#handover.previous) {
      this.#happened({ event: 'carrier_lost' });
      if (!session.flowing) this.#handover.close();
    }
    if (session !== this.#current) return;
    this.wishes.disconnect();
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
      if (session === this.#current || session === this.#handover.previous) await session.renewToken(token);
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
    this.#monitor.close();
    this.wishes.disconnect();
    this.#handover.close();
    this.#current?.close();
    this.#current = null;
  }
}
