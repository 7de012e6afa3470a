import type { Source, StreamId } from '@meridian/protocol';
import { FOLLOWING, LOOKS_PER_REPORT, QUALITY_LOOK_MS } from './config.ts';
import {
  type ConnectionQuality,
  classify,
  FIRST_LEVEL,
  isCongested,
  type LevelMemory,
  nextLevel,
  scoreOf,
} from './connection-quality.ts';
import type { MediaSession } from './media-session.ts';
import { type QualitySample, qualityBetween, reportOf, sampleOf } from './quality.ts';
import type { RemoteStreams } from './remote-streams.ts';
import type { Publication } from './sender.ts';
import { frozenTracks, type MeetingStats, type StatsEntry, statsBetween } from './stats.ts';

export type QualityMonitorOptions = {
  session: () => MediaSession | null;
  /** Nothing gets through now. */
  down: () => boolean;
  publications: ReadonlyMap<Source, Publication>;
  remote: RemoteStreams;
  tell(quality: ConnectionQuality): void;
  /** The way up is congested, and estimated to carry so much, bits per second. */
  squeezed(available: number): void;
};

type Look = { sample: QualitySample; send: StatsEntry[]; recv: StatsEntry[] };

/** Looks at the statistics of the session in use from time to time, tells how good it is, and reports to the node. */
export class QualityMonitor {
  readonly #options: QualityMonitorOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #scores = new Map<StreamId, readonly number[]>();
  #session: MediaSession | null = null;
  #last: Look | null = null;
  #reported: QualitySample | null = null;
  /** What stats() has shown last. */
  #shown: Look | null = null;
  #looks = 0;
  #level: LevelMemory = FIRST_LEVEL;
  #quality: ConnectionQuality | null = null;
  /** Estimates of the way up, bits per second, with when they were read (performance.now()); oldest first. */
  #uplinks: { at: number; available: number }[] = [];
  #squeezedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: QualityMonitorOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#measure(), QUALITY_LOOK_MS);
  }

  /** The node says how well a stream of one's own arrives, for each encoding. */
  scored(streamId: StreamId, scores: readonly number[]): void {
    this.#scores.set(streamId, scores);
  }

  /** Media was interrupted, or is back. */
  interrupted(): void {
    if (this.#quality) this.#tell(this.#quality);
  }

  /** What the way down carried at the last look, bits per second; 0 while nothing is known. */
  get carried(): number {
    return this.#quality?.bitrateDown ?? 0;
  }

  /** The most that the way up was lately estimated to carry, bits per second; 0 while nothing is known. */
  get uplink(): number {
    return Math.max(0, ...this.#uplinks.map(({ available }) => available));
  }

  /** Whether it was too narrow for what was sent, not long ago. */
  get narrow(): boolean {
    return performance.now() - this.#squeezedAt < FOLLOWING.memoryMs;
  }

  /** It has become too narrow: what it carried before says nothing. */
  squeezed(): void {
    this.#uplinks = [];
    this.#squeezedAt = performance.now();
  }

  /** Estimates it now. */
  async estimate(): Promise<void> {
    await this.#look();
  }

  async stats(): Promise<Omit<MeetingStats, 'nodeId' | 'standby'> | null> {
    const look = await this.#look();
    const before = this.#shown;
    this.#shown = look;
    if (!look) return null;
    const quality = qualityBetween(before?.sample ?? this.#last?.sample ?? null, look.sample);
    const sources = new Map(
      [...this.#options.publications].map(([source, { track }]) => [track.id, source] as const),
    );
    return {
      connection: { ...quality, level: this.#level.level, score: this.#score() },
      ...statsBetween(before, look, sources, this.#options.remote.tracks()),
    };
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  async #measure(): Promise<void> {
    const before = this.#session === this.#options.session() ? this.#last : null;
    const look = await this.#look();
    this.#last = look;
    if (!look) return;
    this.#options.remote.setFrozen(
      before ? frozenTracks(before, look, this.#options.remote.tracks()) : new Set(),
    );
    const quality = qualityBetween(before?.sample ?? null, look.sample);
    this.#tell({ ...quality, level: 'good', score: this.#score() });
    if (quality.availableUp !== null && isCongested(quality)) this.#options.squeezed(quality.availableUp);
    this.#looks += 1;
    if (this.#looks % LOOKS_PER_REPORT !== 0) return;
    this.#session?.report(reportOf(qualityBetween(this.#reported, look.sample)));
    this.#reported = look.sample;
  }

  #tell(measured: ConnectionQuality): void {
    const level = this.#options.down() ? 'lost' : classify(measured, measured.score);
    this.#level = nextLevel(this.#level, level);
    this.#quality = { ...measured, level: this.#level.level };
    this.#options.tell(this.#quality);
  }

  async #look(): Promise<Look | null> {
    const session = this.#options.session();
    if (session !== this.#session) {
      // Counters of another session start anew.
      this.#session = session;
      this.#last = null;
      this.#shown = null;
      this.#reported = null;
      this.#scores.clear();
    }
    const stats = await session?.stats().catch(() => null);
    if (!stats || this.#closed || session !== this.#options.session()) return null;
    const [send, recv] = [[...stats.send.values()], [...stats.recv.values()]];
    const sample = sampleOf(send, recv, performance.now());
    this.#remember(sample);
    return { send, recv, sample };
  }

  #remember({ at, availableUp }: QualitySample): void {
    if (availableUp === null) return;
    const recent = this.#uplinks.filter((one) => at - one.at < FOLLOWING.memoryMs);
    this.#uplinks = [...recent, { at, available: availableUp }];
  }

  /** Of what is being sent: a muted microphone arrives nowhere, and that is right. */
  #score(): number | null {
    const sent = [...this.#scores].filter(([streamId]) =>
      [...this.#options.publications].some(
        ([source, { paused }]) => !paused && streamId.endsWith(`:${source}`),
      ),
    );
    return scoreOf(sent.map(([, scores]) => scores));
  }
}
