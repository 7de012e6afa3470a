import { AUTHORISATION } from '../config.ts';
import { authorise, type RoomKnowledge, type Session, type Verdict } from './authorisation.ts';

type Denied = Extract<Verdict, { authorised: false }>['reason'];

export type AuthorisationWatchOptions = {
  session: Session;
  room: () => RoomKnowledge;
  tokenNeeded: (expiresAt: number) => void;
  denied: (reason: Denied) => void;
  now?: () => number;
};

/** The longest a Node timer waits; later than any token lives. */
const MAX_DELAY = 2 ** 31 - 1;

/** Holds a peer to its authorisation: looks whenever something was heard, and when time alone changes it. */
export class AuthorisationWatch {
  readonly #options: AuthorisationWatchOptions;
  readonly #now: () => number;
  #session: Session;
  #timer: NodeJS.Timeout | undefined;
  /** The end for which a new token was asked, so that it is asked once. */
  #askedFor: number | null = null;
  #closed = false;

  constructor(options: AuthorisationWatchOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#now = options.now ?? Date.now;
  }

  get session(): Session {
    return this.#session;
  }

  renew(claims: Session['claims']): void {
    this.#session = { ...this.#session, claims };
    this.check();
  }

  /** To be called when the room has spoken or its link came or went. */
  check(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    const now = this.#now();
    const verdict = authorise(this.#session, this.#options.room(), now);
    if (!verdict.authorised) {
      this.close();
      this.#options.denied(verdict.reason);
      return;
    }
    const { until } = verdict;
    if (until === null) return;
    const ask = until - AUTHORISATION.renewBefore;
    if (now < ask) {
      this.#wake(ask - now);
      return;
    }
    if (this.#askedFor !== until) {
      this.#askedFor = until;
      this.#options.tokenNeeded(until);
    }
    this.#wake(until - now);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #wake(ms: number): void {
    this.#timer = setTimeout(() => this.check(), Math.min(ms, MAX_DELAY));
  }
}
