/**
 * One switch of one's own (microphone, camera, screen) that the room shows to everyone. Knows what is wanted here
 * and what the room last said, and tells the room whatever differs, over reconnects too.
 */
export class Toggle {
  readonly #send: (on: boolean) => Promise<unknown>;
  readonly #overruled: () => void;
  #wanted: boolean;
  #confirmed: boolean;
  #online = false;
  #entered = false;
  #underWay = false;
  #refusedOff = false;
  /** Counts the room's words, to tell whether one came after a request was sent. */
  #words = 0;
  #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];

  /**
   * `send` resolves when the room has confirmed. `overruled` is called when it is off although it was wanted on:
   * somebody else switched it off, or the room refused. The caller then stops sending.
   */
  constructor(initial: boolean, send: (on: boolean) => Promise<unknown>, overruled: () => void) {
    this.#wanted = initial;
    this.#confirmed = initial;
    this.#send = send;
    this.#overruled = overruled;
  }

  /** Resolves when the room has confirmed, also if that takes a reconnect. */
  set(on: boolean): Promise<void> {
    this.#wanted = on;
    this.#refusedOff = false;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#proceed();
    });
  }

  /** What is wanted, where nobody waits for the room to have heard of it. */
  give(on: boolean): void {
    this.#wanted = on;
    this.#proceed();
  }

  /** The room's word on a change. `own`: one made from here. */
  observe(on: boolean, own: boolean): void {
    this.#confirmed = on;
    this.#words += 1;
    if (!on && !own) this.#overrule();
    this.#proceed();
  }

  /** There is a connection; the room's state is given when it sent one. */
  connected(on?: boolean): void {
    this.#online = true;
    this.#entered = true;
    this.#refusedOff = false;
    if (on !== undefined) {
      // Was on, is off: somebody switched it off meanwhile. Never on again by itself.
      const wasOn = this.#confirmed;
      this.#confirmed = on;
      if (!on && wasOn) this.#overrule();
    }
    this.#proceed();
  }

  disconnected(): void {
    this.#online = false;
  }

  /** Ends all waiting. */
  close(error: unknown): void {
    this.#online = false;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #proceed(): void {
    if (this.#underWay) return;
    // Before one is let in there is nobody to tell; joining brings it in line.
    if (this.#wanted === this.#confirmed || !this.#entered) {
      for (const { resolve } of this.#waiting.splice(0)) resolve();
      return;
    }
    if (!this.#online || this.#refusedOff) return;
    const on = this.#wanted;
    const words = this.#words;
    this.#underWay = true;
    this.#send(on).then(
      () =>
        this.#answered(() => {
          // The event itself has been observed as a rule, and perhaps a later one with it.
          if (words === this.#words) this.#confirmed = on;
        }),
      (error: unknown) => this.#answered(() => this.#failed(on, error)),
    );
  }

  #answered(apply: () => void): void {
    this.#underWay = false;
    apply();
    this.#proceed();
  }

  #failed(on: boolean, error: unknown): void {
    // The connection broke: connected() tries again.
    if (!this.#online) return;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    if (on && this.#wanted) this.#overrule();
    // Off stays off here whatever the room says; it is told again with the next connection or change.
    else if (!on) this.#refusedOff = true;
  }

  #overrule(): void {
    if (!this.#wanted) return;
    this.#wanted = false;
    this.#overruled();
  }
}
