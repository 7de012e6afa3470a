import { type ErrorMessage, MeridianError, type Ref } from '@meridian/protocol';
import { REQUEST_TIMEOUT_MS } from './config.ts';

type Answerable = { type: string; ref?: Ref | undefined };

type Waiting<In> = {
  resolve: (message: In) => void;
  reject: (error: MeridianError) => void;
  timeoutMs: number;
  timer: ReturnType<typeof setTimeout> | undefined;
};

export function isError(message: { type: string }): message is ErrorMessage {
  return message.type === 'error';
}

export function errorOf(message: ErrorMessage): MeridianError {
  return new MeridianError(
    message.code,
    message.message,
    message.retry_after_ms === undefined ? {} : { retryAfterMs: message.retry_after_ms },
  );
}

/** An answer as the type it has to be. */
export function expectType<M extends { type: string }, T extends M['type']>(
  message: M,
  type: T,
): Extract<M, { type: T }> {
  const matches = (m: M): m is Extract<M, { type: T }> => m.type === type;
  if (matches(message)) return message;
  throw new MeridianError('internal', `expected ${type}, got ${message.type}`);
}

/** Requests that wait for the message with their `ref`. */
export class Requests<In extends Answerable> {
  readonly #waiting = new Map<Ref, Waiting<In>>();
  #lastRef = 0;
  #held = false;

  /** Registers a request; the caller sends it with `ref`. */
  begin(timeoutMs = REQUEST_TIMEOUT_MS): { ref: number; answer: Promise<In> } {
    this.#lastRef += 1;
    const ref = this.#lastRef;
    const answer = new Promise<In>((resolve, reject) => {
      this.#waiting.set(ref, { resolve, reject, timeoutMs, timer: undefined });
    });
    if (!this.#held) this.#limit(ref);
    return { ref, answer };
  }

  /** Nothing can be answered for a while, which does not count. */
  hold(): void {
    this.#held = true;
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
  }

  /** The while is over. */
  goOn(): void {
    this.#held = false;
    for (const ref of this.#waiting.keys()) this.#limit(ref);
  }

  /** Hands a message to the request it answers. False when nobody waits for it. */
  settle(message: In): boolean {
    const { ref } = message;
    if (ref === undefined) return false;
    const waiting = this.#waiting.get(ref);
    if (!waiting) return false;
    this.#waiting.delete(ref);
    clearTimeout(waiting.timer);
    if (isError(message)) waiting.reject(errorOf(message));
    else waiting.resolve(message);
    return true;
  }

  #limit(ref: Ref): void {
    const waiting = this.#waiting.get(ref);
    if (!waiting) return;
    waiting.timer = setTimeout(() => {
      this.#waiting.delete(ref);
      waiting.reject(new MeridianError('timeout', 'no answer'));
    }, waiting.timeoutMs);
  }

  /** Nothing will be answered any more. */
  rejectAll(error: MeridianError): void {
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(error);
    }
    this.#waiting.clear();
  }
}
