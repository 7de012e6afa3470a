import { once } from 'node:events';
import WebSocket, { type RawData } from 'ws';

const ANSWER_TIMEOUT = 20_000;
/** In every ordered event once, and nowhere else: cheaper to count than to parse a hundred thousand frames. */
const MARK = '"prev":';

/** Ordered events in a frame, single or in a batch. */
export function countEvents(frame: Buffer): number {
  let count = 0;
  for (let at = frame.indexOf(MARK); at !== -1; at = frame.indexOf(MARK, at + MARK.length)) count += 1;
  return count;
}

/** Shared by all: what arrived, and names for requests that no two have in common. */
export class Tally {
  events = 0;
  #ref = 0;

  nextRef(): string {
    this.#ref += 1;
    return `ref-${this.#ref}`;
  }
}

/** One socket in the room. Counts what it hears; asks for one thing at a time. */
export class Attendee {
  readonly #socket: WebSocket;
  readonly #tally: Tally;
  #awaited: { mark: string; resolve: (frame: string) => void } | null = null;
  #leaving = false;
  failed: Error | null = null;

  static async open(tally: Tally, url: string, protocols: string[], origin: string): Promise<Attendee> {
    const socket = new WebSocket(url, protocols, { origin, perMessageDeflate: false });
    await once(socket, 'open');
    return new Attendee(socket, tally);
  }

  private constructor(socket: WebSocket, tally: Tally) {
    this.#socket = socket;
    this.#tally = tally;
    socket.on('message', (data) => this.#heard(data));
    socket.on('error', (error) => {
      this.failed = error;
    });
    socket.on('close', (code) => {
      if (!this.#leaving) this.failed ??= new Error(`a socket was closed with ${code}`);
    });
  }

  /** Sends a frame that carries `ref` and waits for the first frame back that does. Milliseconds it took. */
  async ask(ref: string, frame: string): Promise<number> {
    const sentAt = performance.now();
    const answer = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(this.failed ?? new Error(`no answer within ${ANSWER_TIMEOUT} ms to ${frame}`)),
        ANSWER_TIMEOUT,
      );
      this.#awaited = {
        mark: `"ref":"${ref}"`,
        resolve: (heard) => {
          clearTimeout(timer);
          resolve(heard);
        },
      };
      this.#socket.send(frame);
    });
    if (answer.includes('"type":"error"')) throw new Error(`refused: ${answer}`);
    return performance.now() - sentAt;
  }

  nextRef(): string {
    return this.#tally.nextRef();
  }

  /** To be called before the request to leave: from here on a close is what was asked for. */
  leaving(): void {
    this.#leaving = true;
  }

  close(): void {
    this.#leaving = true;
    this.#socket.close(1000);
  }

  #heard(data: RawData): void {
    if (!Buffer.isBuffer(data)) throw new Error('ws gives buffers unless told otherwise');
    this.#tally.events += countEvents(data);
    const awaited = this.#awaited;
    if (!awaited || !data.includes(awaited.mark)) return;
    this.#awaited = null;
    awaited.resolve(data.toString());
  }
}
