import type { BrowserParticipant } from '../browser/participant.ts';
import { audioElement } from '../browser/perception.ts';
import type { Account } from '../fleet/invariants.ts';
import { becauseOf } from '../headless/because.ts';
import { now } from '../headless/rtc/tag.ts';

/** What a participant with a browser tells, in the words of the headless ones. */
export class BrowserWitness {
  readonly person: BrowserParticipant;
  /** Milliseconds the page took to tell it last: one that is starved of its processor hears nobody either. */
  tookMs = 0;
  readonly #heard = new Map<string, { packets: number; at: number }>();

  constructor(person: BrowserParticipant) {
    this.person = person;
  }

  async account(): Promise<Account> {
    const start = now();
    const told = await this.person.page.evaluate(() => {
      const { meeting } = window.__meridian;
      const { status, participants, chat } = meeting.snapshot;
      return {
        participantId: meeting.participantId,
        state: status,
        roster: participants.map(({ id, displayName, connection, audio, video }) => ({
          ...{ id, name: displayName, connection, audio, video },
        })),
        chat: chat.map(({ message_id, sender_id, text, delivery }) => ({
          ...{ id: message_id, from: sender_id, text, delivery },
        })),
      };
    });
    const others = told.roster.map(({ id }) => id).filter((id) => id !== told.participantId);
    await this.#listen(others);
    this.tookMs = now() - start;
    const voices = [...this.#heard].map(([id, { at }]) => ({ id, silentMs: now() - at }));
    const { state, ...rest } = told;
    return { ...rest, status: state.status, because: becauseOf(state), name: this.person.name, voices };
  }

  /** Looks whose packets have become more. */
  async #listen(ids: readonly string[]): Promise<void> {
    const counts = await this.person.page.evaluate(
      (selectors) => window.probe.audioPackets(selectors),
      ids.map(audioElement),
    );
    const at = now();
    ids.forEach((id, index) => {
      const packets = counts[index] ?? null;
      if (packets === null || packets === 0) return;
      // Another connection counts from the beginning.
      if (this.#heard.get(id)?.packets !== packets) this.#heard.set(id, { packets, at });
    });
  }
}
