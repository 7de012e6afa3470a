import { MeridianError } from '@meridian/protocol';
import { RELAY } from '../config.ts';

type Pending<T> = {
  resolve: (value: T) => void;
  reject: (error: MeridianError) => void;
  timer: NodeJS.Timeout;
};

/** Requests that wait for their answers on one socket. Each ends: answered, refused, timed out or lost. */
export class Requests<T> {
  readonly #pending = new Map<number, Pending<T>>();
  #next = 0;

  /** `send` gets the ref the answer must carry. */
  ask(send: (ref: number) => void): Promise<T> {
    const ref = this.#next++;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(ref);
        reject(new MeridianError('timeout', 'the other node did not answer'));
      }, RELAY.requestTimeout);
      this.#pending.set(ref, { resolve, reject, timer });
      send(ref);
    });
  }

  answer(ref: unknown, value: T): void {
    this.#take(ref)?.resolve(value);
  }

  refuse(ref: unknown, error: MeridianError): void {
    this.#take(ref)?.reject(error);
  }

  refuseAll(error: MeridianError): void {
    for (const ref of [...this.#pending.keys()]) this.refuse(ref, error);
  }

  #take(ref: unknown): Pending<T> | undefined {
    if (typeof ref !== 'number') return undefined;
    const pending = this.#pending.get(ref);
    this.#pending.delete(ref);
    clearTimeout(pending?.timer);
    return pending;
  }
}
