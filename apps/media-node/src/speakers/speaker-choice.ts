import type { mediaRpc } from '@meridian/protocol';
import { SPEAKERS } from '../config.ts';

type AudioLevel = mediaRpc.AudioLevel;

/**
 * Louder first, equal ones by id: a total order, so that every node of a meeting that hears the same makes the
 * same choice.
 */
export function byLoudness(a: AudioLevel, b: AudioLevel): number {
  if (a.level !== b.level) return b.level - a.level;
  return a.participant_id < b.participant_id ? -1 : 1;
}

/**
 * Who holds the floor. Changes to whoever has been the loudest for more than SPEAKERS.dominance without a break;
 * silence changes nothing. There is no margin by which one must be louder: with it, what is chosen would depend on
 * what was chosen before, and two nodes that once differed would go on differing.
 */
export class SpeakerChoice {
  #active: string | null = null;
  #candidate: string | null = null;
  /** Since when the candidate leads. */
  #since = 0;

  get active(): string | null {
    return this.#active;
  }

  /** When a choice is due that nothing but time can bring about; null for none. */
  get due(): number | null {
    return this.#candidate === null ? null : this.#since + SPEAKERS.dominance + 1;
  }

  /** `now` in milliseconds on a clock that does not jump. */
  update(levels: readonly AudioLevel[], now: number): void {
    const [loudest] = levels.toSorted(byLoudness);
    const leader = loudest?.participant_id ?? null;
    if (leader === null || leader === this.#active) {
      this.#candidate = null;
    } else if (leader !== this.#candidate) {
      this.#candidate = leader;
      this.#since = now;
    } else if (now - this.#since > SPEAKERS.dominance) {
      this.adopt(leader);
    }
  }

  /** Takes over a choice that was made elsewhere. */
  adopt(participantId: string | null): void {
    this.#active = participantId;
    this.#candidate = null;
  }
}
