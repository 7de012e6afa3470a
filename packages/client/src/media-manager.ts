import {
  type IceServer,
  type MeridianError,
  type mediaRpc,
  type SfuEndpoint,
  type Source,
  TOKEN_LIFE,
} from '@meridian/protocol';
import {
  ASTRAY_AFTER,
  MEDIA_TOKEN_MARGIN_MS,
  PUBLISH_OVERLAP_MS,
  STATS_INTERVAL_MS,
  SWITCH_TIMEOUT_MS,
} from './config.ts';
import type { Environment } from './environment.ts';
import { toMeridianError } from './errors.ts';
import { MediaSession, type SessionLoss } from './media-session.ts';
import { type MeetingQuality, type QualitySample, qualityBetween, reportOf, sampleOf } from './quality.ts';
import type { RemoteStreams } from './remote-streams.ts';
import { Retry } from './retry.ts';
import type { Publication } from './sender.ts';
import type { JoinStages, ReconnectPolicy } from './types.ts';
import { Wishes } from './wishes.ts';

export type MediaHandlers = {
  stage(name: keyof JoinStages): void;
  /** The node in use. */
  welcomed(welcome: mediaRpc.Welcome): void;
  /** Whether media is interrupted and being restored. */
  interrupted(down: boolean): void;
  /** The node does not accept this source; it is no longer published. */
  unpublished(source: Source, error: MeridianError): void;
  /** The node named by the room is of no use: the room has to say anew where media goes (move). */
  astray(): void;
  /** There is no way to have media with this page. The last call. */
  failed(error: MeridianError): void;
};

export type MediaManagerOptions = {
  environment: Environment;
  policy: ReconnectPolicy;
  sfu: SfuEndpoint;
  standby: SfuEndpoint | null;
  iceServers: readonly IceServer[];
  remote: RemoteStreams;
  /** A fresh media token from the room. Rejects while the room cannot be reached. */
  requestToken(): Promise<string>;
  handlers: MediaHandlers;
};

/**
 * Keeps media going over one session after another. Holds what is wanted (publications, wishes) and gives it to
 * each new session; the one before is closed only when the new one delivers.
 */
export class MediaManager {
  readonly wishes = new Wishes();
  readonly #options: MediaManagerOptions;
  readonly #retry: Retry;
  readonly #unsubscribeWake: () => void;
  readonly #publications = new Map<Source, Publication>();
  readonly #statsTimer: ReturnType<typeof setInterval>;
  #endpoints: readonly SfuEndpoint[];
  #token: { value: string; since: number };
  #current: MediaSession | null = null;
  #previous: MediaSession | null = null;
  #handover: ReturnType<typeof setTimeout> | undefined;
  #overlapping = false;
  #sessions = 0;
  /** Sessions since the last one that was up. */
  #failures = 0;
  #distrusted: SfuEndpoint | null = null;
  #down = false;
  #closed = false;
  #sample: QualitySample | null = null;

  constructor(options: MediaManagerOptions) {
    this.#options = options;
    this.#endpoints = endpointsOf(options.sfu, options.standby);
    this.#token = { value: options.sfu.media_token, since: performance.now() };
    this.#retry = new Retry(options.policy, options.environment.random, () => void this.#connect());
    this.#unsubscribeWake = options.environment.wake.subscribe(() => {
      this.#retry.hurry();
      this.#current?.probe();
    });
    this.#statsTimer = setInterval(() => void this.#report(), STATS_INTERVAL_MS);
    this.#open(this.#endpoints[0] ?? options.sfu);
  }

  /** The room has spoken again: where media goes now, with a fresh token. */
  move(sfu: SfuEndpoint, standby: SfuEndpoint | null): void {
    this.#endpoints = endpointsOf(sfu, standby);
    this.#token = { value: sfu.media_token, since: performance.now() };
    if (this.#retry.scheduled) {
      // Hearing of the same wrong node again is no reason to hurry there.
      if (!this.#distrusted || !sameEndpoint(this.#distrusted, sfu)) this.#retry.hurry();
    } else if (this.#current && !this.#endpoints.some((e) => e.node_id === this.#current?.endpoint.node_id)) {
      this.#replaceCurrent();
      this.#open(sfu);
    }
  }

  /**
   * Publishes, changes or withdraws a source; null withdraws. Resolves when the node has it, or at once when there
   * is no connection now: then it follows with the next.
   */
  async publish(source: Source, publication: Publication | null): Promise<void> {
    if (publication) this.#publications.set(source, publication);
    else this.#publications.delete(source);
    // What still flows over the session before obeys too: who mutes is muted at once. It has nothing to refuse.
    const before = this.#previous?.publish(source, publication).catch(() => {});
    try {
      await Promise.all([before, this.#current?.publish(source, publication)]);
    } catch (error) {
      if (this.#publications.get(source) === publication) this.#publications.delete(source);
      throw toMeridianError(error);
    }
  }

  /** Streams have come or gone. */
  streamsChanged(): void {
    this.wishes.streams(this.#options.remote.all());
    this.#finishHandover();
  }

  /** How the connection is, since the last report to the node or call of this. Null while there is none. */
  async quality(): Promise<MeetingQuality | null> {
    const stats = await this.#current?.stats().catch(() => null);
    if (!stats || this.#closed) return null;
    const sample = sampleOf([...stats.send.values()], [...stats.recv.values()], performance.now());
    const quality = qualityBetween(this.#sample, sample);
    this.#sample = sample;
    return quality;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribeWake();
    this.#retry.close();
    clearInterval(this.#statsTimer);
    clearTimeout(this.#handover);
    this.wishes.disconnect();
    this.#current?.close();
    this.#previous?.close();
    this.#current = null;
    this.#previous = null;
  }

  async #connect(): Promise<void> {
    if (this.#stale()) {
      try {
        await this.#renew();
      } catch {
        // The room cannot be reached either. When it can, it names a node and a token anew (move).
        if (!this.#closed && !this.#current && !this.#retry.scheduled) this.#retry.schedule();
        return;
      }
    }
    if (this.#closed || this.#current) return;
    // The standby has its turn every second time: one of the two may be gone for good.
    const endpoint = this.#endpoints[this.#sessions % this.#endpoints.length];
    if (endpoint) this.#open(endpoint);
  }

  #open(endpoint: SfuEndpoint): void {
    this.#sessions += 1;
    const { environment, iceServers, remote, handlers } = this.#options;
    const session: MediaSession = new MediaSession({
      environment,
      number: this.#sessions,
      endpoint,
      token: this.#token.value,
      iceServers,
      remote,
      handlers: {
        stage: handlers.stage,
        welcomed: (welcome) => this.#welcomed(session, welcome),
        up: () => this.#sessionUp(session),
        disturbed: () => this.#setDown(true),
        lost: (loss) => this.#sessionLost(session, loss),
        tokenNeeded: () => void this.#renewOn(session),
      },
    });
    this.#current = session;
    this.#sample = null;
  }

  #welcomed(session: MediaSession, welcome: mediaRpc.Welcome): void {
    // First, since its answer takes a round trip.
    this.wishes.streams(this.#options.remote.all());
    this.wishes.connect((version, streams) => session.subscribe(version, streams));
    for (const [source, publication] of this.#publications) {
      session.publish(source, publication).catch((error: unknown) => {
        if (this.#closed || this.#publications.get(source) !== publication) return;
        this.#publications.delete(source);
        this.#options.handlers.unpublished(source, toMeridianError(error));
      });
    }
    this.#options.handlers.welcomed(welcome);
  }

  #sessionUp(session: MediaSession): void {
    if (session !== this.#current) return;
    this.#failures = 0;
    this.#retry.succeeded();
    this.#setDown(false);
    if (this.#previous) this.#startHandover();
  }

  #sessionLost(session: MediaSession, loss: SessionLoss): void {
    if (this.#closed || session !== this.#current) return;
    this.wishes.disconnect();
    if (loss.kind === 'fatal') {
      this.close();
      this.#options.handlers.failed(loss.error);
      return;
    }
    if (loss.kind === 'token') this.#token = { ...this.#token, since: Number.NEGATIVE_INFINITY };
    this.#replaceCurrent();
    this.#setDown(true);
    this.#failures += 1;
    this.#distrusted = loss.kind === 'endpoint' ? session.endpoint : null;
    // A wrong node is known at once; a silent one may only be busy.
    const turn = loss.kind === 'endpoint' ? 1 : 0;
    if (this.#failures % ASTRAY_AFTER === turn) this.#options.handlers.astray();
    this.#retry.schedule(loss.error.retryAfterMs);
  }

  /** Keeps what may still flow until there is something better. */
  #replaceCurrent(): void {
    const session = this.#current;
    this.#current = null;
    clearTimeout(this.#handover);
    if (!session) return;
    if (session.flowing) {
      this.#closePrevious();
      this.#previous = session;
    } else {
      session.close();
    }
  }

  #startHandover(): void {
    clearTimeout(this.#handover);
    this.#overlapping = true;
    const overlap = this.#publications.size > 0 ? PUBLISH_OVERLAP_MS : 0;
    this.#handover = setTimeout(() => {
      this.#overlapping = false;
      // A stream nobody sends any more would otherwise keep the old session for ever.
      this.#handover = setTimeout(() => this.#closePrevious(), SWITCH_TIMEOUT_MS);
      this.#finishHandover();
    }, overlap);
  }

  #finishHandover(): void {
    const previous = this.#previous;
    // Only after the new session is up: before, the old one may be all there is.
    if (!previous || this.#down || this.#overlapping || this.#options.remote.dependsOn(previous.number))
      return;
    this.#closePrevious();
  }

  #closePrevious(): void {
    clearTimeout(this.#handover);
    this.#previous?.close();
    this.#previous = null;
  }

  #stale(): boolean {
    return performance.now() - this.#token.since > TOKEN_LIFE.media * 1000 - MEDIA_TOKEN_MARGIN_MS;
  }

  async #renew(): Promise<string> {
    const value = await this.#options.requestToken();
    this.#token = { value, since: performance.now() };
    return value;
  }

  async #renewOn(session: MediaSession): Promise<void> {
    try {
      const token = await this.#renew();
      if (!this.#closed && session === this.#current) await session.renewToken(token);
    } catch {
      // The node asks again, and closes when the authorisation has run out; then a new session is made.
    }
  }

  async #report(): Promise<void> {
    const session = this.#current;
    const quality = await this.quality();
    if (quality && session === this.#current) session?.report(reportOf(quality));
  }

  #setDown(down: boolean): void {
    if (this.#down === down) return;
    this.#down = down;
    this.#options.handlers.interrupted(down);
  }
}

function sameEndpoint(a: SfuEndpoint, b: SfuEndpoint): boolean {
  return a.url === b.url && a.dtls_fingerprint === b.dtls_fingerprint;
}

function endpointsOf(sfu: SfuEndpoint, standby: SfuEndpoint | null): readonly SfuEndpoint[] {
  return standby ? [sfu, standby] : [sfu];
}
