/** Frames of a socket in the order they came, and its close. */
export class SocketReader<T> {
  readonly frames: T[] = [];
  readonly socket: WebSocket;
  closed: { code: number; reason: string } | null = null;
  readonly #waiting = new Set<() => void>();

  constructor(response: Response, parse: (text: string) => T) {
    const socket = response.webSocket;
    if (!socket) throw new Error(`no socket: ${response.status}`);
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string') throw new Error('a binary frame');
      this.frames.push(parse(data));
      this.#changed();
    });
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed ??= { code, reason };
      this.#changed();
    });
    socket.accept();
  }

  /** The first frame at or after `from` that fits. */
  async next<S extends T>(fits: (frame: T) => frame is S, from = 0): Promise<S> {
    let found: S | undefined;
    await this.until(() => {
      found = this.frames.slice(from).find(fits);
      return found !== undefined;
    });
    if (!found) throw new Error('unreachable');
    return found;
  }

  async closing(): Promise<number> {
    await this.until(() => this.closed !== null);
    return this.closed?.code ?? 0;
  }

  async until(done: () => boolean, timeoutMs = 3_000): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        const seen = JSON.stringify(this.frames.slice(-5));
        reject(new Error(`waited in vain; closed: ${JSON.stringify(this.closed)}; latest frames: ${seen}`));
      }, timeoutMs);
      const check = () => {
        if (!done()) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
    });
  }

  #changed(): void {
    for (const check of [...this.#waiting]) check();
  }
}
