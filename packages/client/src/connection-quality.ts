import { QUALITY } from './config.ts';
import type { MeetingQuality } from './quality.ts';
import type { Grade } from './types.ts';

/** `lost`: nothing gets through now; it is being restored. */
export type QualityLevel = Grade | 'lost';

/** How good the connection is, in one word and in numbers. */
export type ConnectionQuality = MeetingQuality & {
  level: QualityLevel;
  /** How well one's own streams arrive at the node, 0 to 10; null when nothing is sent. */
  score: number | null;
};

/** What a measurement says by itself. The worst of its numbers decides. Pure. */
export function classify(quality: MeetingQuality, score: number | null): Grade {
  const loss = Math.max(quality.lossDown, quality.lossUp);
  const beyond = (limit: (typeof QUALITY)['fair']) =>
    loss > limit.loss ||
    (quality.rttMs ?? 0) > limit.rttMs ||
    (quality.jitterMs ?? 0) > limit.jitterMs ||
    (score !== null && score < limit.score);
  if (beyond(QUALITY.poor)) return 'poor';
  return beyond(QUALITY.fair) ? 'fair' : 'good';
}

/** What the score of one stream, 0 to 10, says of the way it took. Pure. */
export function gradeOf(score: number): Grade {
  if (score < QUALITY.poor.score) return 'poor';
  return score < QUALITY.fair.score ? 'fair' : 'good';
}

/** Whether more is sent than the way up carries: it loses packets, or holds them back. Pure. */
export function isCongested({ lossUp, rttMs }: MeetingQuality): boolean {
  return lossUp > QUALITY.poor.loss || (rttMs ?? 0) > QUALITY.poor.rttMs;
}

/** Of the scores of all encodings of all streams: the worst stream, each by its best encoding. Pure. */
export function scoreOf(streams: readonly (readonly number[])[]): number | null {
  // An encoding that is switched off for want of bandwidth scores 0; the stream gets through by another.
  const best = streams.filter((scores) => scores.length > 0).map((scores) => Math.max(...scores));
  return best.length === 0 ? null : Math.min(...best);
}

/** The level shown, and what the last look said by itself. */
export type LevelMemory = { level: QualityLevel; last: QualityLevel };

export const FIRST_LEVEL: LevelMemory = { level: 'good', last: 'good' };

/**
 * The level to show after one more look. Two looks in a row have to be worse, or better, than what is shown, which
 * then changes by the smaller step: a badge that flickers is not believed. Only `lost` is shown at once. Pure.
 */
export function nextLevel({ level, last }: LevelMemory, measured: QualityLevel): LevelMemory {
  if (measured === 'lost' || level === 'lost') return { level: measured, last: measured };
  const [better, worse] = RANK[measured] < RANK[last] ? [measured, last] : [last, measured];
  if (RANK[better] > RANK[level]) return { level: better, last: measured };
  if (RANK[worse] < RANK[level]) return { level: worse, last: measured };
  return { level, last: measured };
}

const RANK: Readonly<Record<QualityLevel, number>> = { good: 0, fair: 1, poor: 2, lost: 3 };
