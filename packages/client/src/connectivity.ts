import { FIRST_CONSUMER_WAIT_MS } from './config.ts';

/** The two ways of a session and what goes over them. */
export type Ways = {
  send: RTCPeerConnectionState;
  recv: RTCPeerConnectionState;
  /** Something is or is about to be sent. */
  sending: boolean;
  /** Something is received. */
  receiving: boolean;
  /** Others send something that could be received. */
  expecting: boolean;
};

export type ConnectivityOptions = {
  /** It has to be connected whatever goes over it, until activate(). */
  standby: boolean;
  /** Null while there are none, and when the session is over. */
  ways: () => Ways | null;
  /** Everything needed is connected. Called each time that becomes true. */
  up(): void;
  /** It is not any more. */
  disturbed(): void;
};

/** Compares what a session has to have connected with what is, and tells when that changes. */
export class Connectivity {
  readonly #options: ConnectivityOptions;
  #standby: boolean;
  #consumerWait: ReturnType<typeof setTimeout> | undefined;
  #awaitingConsumer = true;
  /** It was up before, or is a standby that was activated. */
  #established = false;
  #up = false;

  constructor(options: ConnectivityOptions) {
    this.#options = options;
    this.#standby = options.standby;
  }

  get up(): boolean {
    return this.#up;
  }

  /** The ways are being made. */
  begin(): void {
    if (this.#standby) return;
    this.#consumerWait = setTimeout(() => {
      this.#awaitingConsumer = false;
      this.check();
    }, FIRST_CONSUMER_WAIT_MS);
  }

  /** The node has begun to send something. */
  consumerCame(): void {
    this.#awaitingConsumer = false;
  }

  /** The standby is the session in use. */
  activate(): void {
    this.#standby = false;
    this.#established = true;
  }

  /** To be called when anything about the ways has changed. */
  check(): void {
    const ways = this.#options.ways();
    if (!ways) return;
    const up = this.#judge(ways);
    if (up && !this.#standby) this.#established = true;
    if (up === this.#up) return;
    this.#up = up;
    if (up) this.#options.up();
    else this.#options.disturbed();
  }

  close(): void {
    clearTimeout(this.#consumerWait);
  }

  #judge(ways: Ways): boolean {
    const states = [ways.send, ways.recv];
    if (this.#standby) return states.every((state) => state === 'connected');
    if (!this.#established) return this.#complete(ways);
    // Later a transport may still be `new`, and connecting then is no disturbance.
    return this.#up
      ? !states.some((state) => state === 'disconnected' || state === 'failed')
      : states.every((state) => state === 'connected' || state === 'new');
  }

  /** For the first time: everything that is to flow has a way. */
  #complete({ send, recv, sending, receiving, expecting }: Ways): boolean {
    const awaiting = this.#awaitingConsumer && expecting;
    return (!sending || send === 'connected') && (!(receiving || awaiting) || recv === 'connected');
  }
}
