import { MeridianError } from '@meridian/protocol';
import { CHAT_OUTBOX_LIMIT, CHAT_RESEND_MS } from './config.ts';

export type OutgoingChat = {
  readonly clientId: string;
  readonly text: string;
  readonly recipientId: string | undefined;
  readonly queuedAt: number;
  readonly state: 'pending' | 'failed';
};

/**
 * Own chat messages until the room has them. One is under way at a time, so they arrive in the order they were
 * typed; it is sent again after every reconnect until it is acknowledged, always with the same id, by which
 * the room recognises it.
 */
export class ChatOutbox {
  readonly #send: (message: OutgoingChat) => boolean;
  readonly #changed: () => void;
  #queue: readonly OutgoingChat[] = [];
  #underWay: string | undefined;
  #resend: ReturnType<typeof setTimeout> | undefined;

  /** `send` returns false when there is no connection now; `changed` follows each change of `entries`. */
  constructor(send: (message: OutgoingChat) => boolean, changed: () => void) {
    this.#send = send;
    this.#changed = changed;
  }

  /** Pending and failed ones, in the order they were typed. */
  get entries(): readonly OutgoingChat[] {
    return this.#queue;
  }

  /** Throws `overloaded` when too many are waiting. */
  add(message: Omit<OutgoingChat, 'state'>): void {
    if (this.#queue.length >= CHAT_OUTBOX_LIMIT) {
      // Failed ones are only kept to be seen; they make room first.
      const oldestFailed = this.#queue.findIndex((entry) => entry.state === 'failed');
      if (oldestFailed === -1) throw new MeridianError('overloaded', 'too many messages are waiting');
      this.#queue = this.#queue.toSpliced(oldestFailed, 1);
    }
    this.#queue = [...this.#queue, { ...message, state: 'pending' }];
    this.#changed();
    this.#next();
  }

  /** The connection is (again) there. */
  connected(): void {
    this.#release();
    this.#next();
  }

  /** The connection is gone; whether the message under way arrived is unknown. */
  disconnected(): void {
    this.#release();
  }

  /** The room has it. False for a message that is not waited for. */
  acknowledged(clientId: string): boolean {
    const rest = this.#queue.filter((entry) => entry.clientId !== clientId);
    if (rest.length === this.#queue.length) return false;
    this.#queue = rest;
    this.#changed();
    this.#proceed(clientId);
    return true;
  }

  /** The room refused it: for now (`retryAfterMs` tells until when), or for good. */
  refused(clientId: string, error: MeridianError): boolean {
    if (!this.#queue.some((entry) => entry.clientId === clientId && entry.state === 'pending')) return false;
    const temporary = error.code === 'rate_limited' || error.code === 'overloaded';
    if (temporary) {
      if (this.#underWay === clientId) this.#resendAfter(error.retryAfterMs ?? CHAT_RESEND_MS);
      return true;
    }
    this.#queue = this.#queue.map((entry) =>
      entry.clientId === clientId ? { ...entry, state: 'failed' } : entry,
    );
    this.#changed();
    this.#proceed(clientId);
    return true;
  }

  close(): void {
    this.#release();
    this.#queue = this.#queue.map((entry) => ({ ...entry, state: 'failed' }));
  }

  #next(): void {
    if (this.#underWay !== undefined) return;
    const message = this.#queue.find((entry) => entry.state === 'pending');
    if (!message || !this.#send(message)) return;
    this.#underWay = message.clientId;
    this.#resendAfter(CHAT_RESEND_MS);
  }

  #resendAfter(ms: number): void {
    clearTimeout(this.#resend);
    this.#resend = setTimeout(() => this.connected(), ms);
  }

  #proceed(clientId: string): void {
    if (this.#underWay !== clientId) return;
    this.#release();
    this.#next();
  }

  #release(): void {
    clearTimeout(this.#resend);
    this.#underWay = undefined;
  }
}
