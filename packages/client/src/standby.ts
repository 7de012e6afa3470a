import type { SfuEndpoint } from '@meridian/protocol';
import { STANDBY_DELAY_MS, STANDBY_SPREAD } from './config.ts';
import type { MediaSession } from './media-session.ts';
import { Retry } from './retry.ts';
import type { SessionLoss } from './session-loss.ts';
import {
  NO_STANDBY,
  type StandbyEffect,
  type StandbyEvent,
  type StandbyState,
  standbyTransition,
} from './standby-state.ts';
import type { ReconnectPolicy } from './types.ts';

/** How much is prepared: the transports and what is sent, or also what is received. */
export type Tier = 'warm' | 'hot';

/** Where, and how much. */
export type Assignment = { endpoint: SfuEndpoint; tier: Tier };

export type StandbyOptions = {
  policy: ReconnectPolicy;
  random: () => number;
  /** How many are in the meeting. */
  people: () => number;
  /** Begins a session there. Rejects when that cannot be done now. */
  open(assignment: Assignment): Promise<MediaSession>;
  /** One is ready from now on, or is not any more, or its session is gone. */
  changed(): void;
};

/** Keeps a session prepared at the node that the room has named for the loss of the one in use. */
export class Standby {
  readonly #options: StandbyOptions;
  readonly #retry: Retry;
  #state: StandbyState = NO_STANDBY;
  #assignment: Assignment | null = null;
  #session: MediaSession | null = null;
  #delay: ReturnType<typeof setTimeout> | undefined;
  /** Counts tries to open, so that one that was called off is known when it comes. */
  #tries = 0;

  constructor(options: StandbyOptions) {
    this.#options = options;
    this.#retry = new Retry(options.policy, options.random, () => this.#happened({ event: 'due' }));
  }

  /** The session that takes over if need be; null while there is none that could. */
  get ready(): MediaSession | null {
    return this.#state.phase === 'ready' ? this.#session : null;
  }

  /** The session at any stage. */
  get session(): MediaSession | null {
    return this.#session;
  }

  get assignment(): Assignment | null {
    return this.#assignment;
  }

  assign(assignment: Assignment | null): void {
    const before = this.#assignment;
    const same = assignment !== null && before !== null && isSame(assignment, before);
    this.#assignment = assignment;
    this.#happened({ event: 'assigned', named: assignment !== null, same });
  }

  /** Whether what it is a standby for works now. */
  media(up: boolean): void {
    this.#happened({ event: 'media', up });
  }

  /** Its session has everything prepared. */
  up(): void {
    this.#happened({ event: 'up' });
  }

  disturbed(): void {
    this.#happened({ event: 'disturbed' });
  }

  lost({ error }: SessionLoss): void {
    this.#happened({ event: 'lost', retryAfterMs: error.retryAfterMs ?? 0 });
  }

  /** Hands the session over to be the one in use. */
  take(): MediaSession | null {
    const session = this.ready;
    if (!session) return null;
    this.#session = null;
    this.#assignment = null;
    this.#happened({ event: 'taken' });
    return session;
  }

  close(): void {
    this.assign(null);
    this.#retry.close();
  }

  #happened(event: StandbyEvent): void {
    const { state, effects } = standbyTransition(this.#state, event);
    const wasReady = this.#state.phase === 'ready';
    const had = this.#session;
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
    if (wasReady !== (this.#state.phase === 'ready') || had !== this.#session) this.#options.changed();
  }

  #carryOut(effect: StandbyEffect): void {
    switch (effect.effect) {
      case 'open':
        void this.#open();
        break;
      case 'drop':
        this.#tries += 1;
        this.#session?.close();
        this.#session = null;
        break;
      case 'delay':
        this.#delay = setTimeout(() => this.#happened({ event: 'due' }), STANDBY_DELAY_MS + this.#spread());
        break;
      case 'retry':
        this.#retry.schedule(effect.atLeastMs + this.#spread());
        break;
      case 'cancel':
        clearTimeout(this.#delay);
        this.#retry.cancel();
        break;
      case 'succeeded':
        this.#retry.succeeded();
        break;
    }
  }

  #spread(): number {
    const { people, random } = this.#options;
    return random() * Math.min(people() * STANDBY_SPREAD.eachMs, STANDBY_SPREAD.maxMs);
  }

  async #open(): Promise<void> {
    const assignment = this.#assignment;
    if (!assignment) return;
    this.#tries += 1;
    const number = this.#tries;
    try {
      const session = await this.#options.open(assignment);
      if (number === this.#tries) this.#session = session;
      else session.close();
    } catch {
      if (number === this.#tries) this.#happened({ event: 'lost', retryAfterMs: 0 });
    }
  }
}

/** Tokens may differ: a session has its own renewed. */
function isSame(a: Assignment, b: Assignment): boolean {
  return (
    a.tier === b.tier &&
    a.endpoint.node_id === b.endpoint.node_id &&
    a.endpoint.url === b.endpoint.url &&
    a.endpoint.dtls_fingerprint === b.endpoint.dtls_fingerprint
  );
}
