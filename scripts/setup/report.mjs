// What set-up says. A step that finds everything in place says nothing; one that works says what it does,
// how far it is and how long it took.
const interactive = process.stdout.isTTY === true;

/** Off a terminal every line stays, so they come less often. */
const millisecondsBetweenLines = interactive ? 200 : 10_000;

/** A failure the user can act on: shown without a stack trace. */
export class SetupError extends Error {}

export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

class Step {
  #title;
  #started = performance.now();
  #announced = false;
  #lastLine = 0;
  #ticker;
  #activity = '';

  constructor(title) {
    this.#title = title;
  }

  /** Says what is being done now. Always shown. */
  say(text) {
    this.#announced = true;
    this.#activity = text;
    this.#lastLine = performance.now();
    this.#write(`${this.#title}: ${text}`, true);
  }

  /** Says how far it is. Shown at most every few seconds. */
  progress(text) {
    const now = performance.now();
    if (now - this.#lastLine < millisecondsBetweenLines) return;
    this.#announced = true;
    this.#lastLine = now;
    this.#write(`${this.#title}: ${text} (${seconds(this.#started)})`, false);
  }

  /** For tools that do not tell how far they are: shows at least that time passes. */
  startTicking() {
    this.#ticker = setInterval(() => this.progress(this.#activity), 1000);
    this.#ticker.unref();
  }

  finish() {
    clearInterval(this.#ticker);
    if (this.#announced) this.#write(`${this.#title}: done in ${seconds(this.#started)}`, true);
    return this.#announced;
  }

  abandon() {
    clearInterval(this.#ticker);
    if (interactive && this.#announced) process.stdout.write('\n');
  }

  #write(text, stays) {
    if (!interactive) process.stdout.write(`[set-up] ${text}\n`);
    else process.stdout.write(`\r\x1b[K[set-up] ${text}${stays ? '\n' : ''}`);
  }
}

/** Runs one step; true when it had something to do. */
export async function step(title, work) {
  const current = new Step(title);
  try {
    await work(current);
  } catch (error) {
    current.abandon();
    throw error;
  }
  return current.finish();
}
