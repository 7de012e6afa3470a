import type { FakeServer, ServerSocket } from './fake-network.ts';

const ABNORMAL = 1006;

/** A node behind this one resumes sessions: to it, a socket that broke off and the next one are the same. */
export class FakeLines implements FakeServer {
  readonly #node: FakeServer;
  readonly #lines = new Map<string, Line>();
  /** Of the socket there is. */
  readonly #lineOf = new Map<ServerSocket, Line>();
  /** How often a session went on. */
  resumed = 0;

  constructor(node: FakeServer) {
    this.#node = node;
  }

  connected(): void {}

  received(socket: ServerSocket, message: Record<string, unknown>): void {
    if (message.type === 'hello') {
      const line = new Line(`key-of-session-${this.#lines.size}`, socket);
      this.#lines.set(line.key, line);
      this.#lineOf.set(socket, line);
      this.#node.connected(line);
      this.#node.received(line, message);
    } else if (message.type === 'resume_session') this.#resume(socket, message);
    else {
      const line = this.#lineOf.get(socket);
      if (!line) throw new Error('said before hello');
      line.received += 1;
      this.#node.received(line, message);
    }
  }

  disconnected(socket: ServerSocket, code: number): void {
    const line = this.#lineOf.get(socket);
    this.#lineOf.delete(socket);
    if (line && code !== ABNORMAL) this.#end(line, code);
  }

  /** As a node that was started anew. */
  forget(): void {
    for (const line of this.#lines.values()) this.#end(line, ABNORMAL);
  }

  #resume(socket: ServerSocket, { key, received }: Record<string, unknown>): void {
    const line = this.#lines.get(String(key));
    if (!line) {
      socket.send({ type: 'error', code: 'session_expired', message: 'the session is over' });
      return;
    }
    this.resumed += 1;
    this.#lineOf.set(socket, line);
    line.goOn(socket, Number(received));
  }

  #end(line: Line, code: number): void {
    this.#lines.delete(line.key);
    this.#node.disconnected(line, code);
  }
}

class Line implements ServerSocket {
  readonly key: string;
  readonly url: string;
  readonly protocols: readonly string[];
  readonly #sent: object[] = [];
  #socket: ServerSocket;
  received = 0;

  constructor(key: string, socket: ServerSocket) {
    this.key = key;
    this.url = socket.url;
    this.protocols = socket.protocols;
    this.#socket = socket;
  }

  get closed(): boolean {
    return this.#socket.closed;
  }

  send(message: object): void {
    const known = 'type' in message && message.type === 'welcome' ? { resume_key: this.key } : {};
    this.#sent.push({ ...message, ...known });
    if (!this.#socket.closed) this.#socket.send({ ...message, ...known });
  }

  close(code: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  goOn(socket: ServerSocket, received: number): void {
    this.#socket = socket;
    socket.send({ type: 'session_resumed', received: this.received });
    for (const message of this.#sent.slice(received)) socket.send(message);
  }
}
