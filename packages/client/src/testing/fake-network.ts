import type { OpenSocket, RawSocket, SocketEvents } from '../socket.ts';

/** The server's end of one connection. */
export interface ServerSocket {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly closed: boolean;
  send(message: object): void;
  /** Ends the connection as a server does, with a code. */
  close(code: number, reason?: string): void;
}

export interface FakeServer {
  connected(socket: ServerSocket): void;
  received(socket: ServerSocket, message: Record<string, unknown>): void;
  /** `code`: 1006 where the connection broke off (RFC 6455 §7.1.5). */
  disconnected(socket: ServerSocket, code: number): void;
}

/** Sockets in memory with a delay each way. Runs on the (faked) timers. */
export class FakeNetwork {
  readonly #servers = new Map<string, FakeServer>();
  readonly #links = new Set<Link>();
  /** Milliseconds each way. */
  delay = 5;
  /** New connections fail. */
  offline = false;
  /** URL of every connection that was tried. */
  readonly opened: string[] = [];
  /** New connections to exactly this URL fail. */
  offlineAt = '';

  serve(prefix: string, server: FakeServer): void {
    this.#servers.set(prefix, server);
  }

  readonly open: OpenSocket = (url, protocols, events) => {
    const [, server] = [...this.#servers].find(([prefix]) => url.startsWith(prefix)) ?? [];
    this.opened.push(url);
    const link = new Link(this, url, protocols, events, server ?? null);
    this.#links.add(link);
    return link;
  };

  /** Breaks every connection whose URL begins so; what is under way in either direction is lost. */
  cut(prefix = ''): void {
    // Those there are now: a client may open the next one at once.
    for (const link of [...this.#links]) if (link.url.startsWith(prefix)) link.break(1006);
  }

  /** Connections go silent without an end: packets vanish. */
  freeze(prefix = ''): void {
    for (const link of this.#links) if (link.url.startsWith(prefix)) link.frozen = true;
  }

  forget(link: Link): void {
    this.#links.delete(link);
  }
}

class Link implements RawSocket, ServerSocket {
  readonly backlog = 0;
  readonly url: string;
  readonly protocols: readonly string[];
  readonly #network: FakeNetwork;
  readonly #events: SocketEvents;
  readonly #server: FakeServer | null;
  frozen = false;
  #clientDone = false;
  #serverDone = true;

  constructor(
    network: FakeNetwork,
    url: string,
    protocols: readonly string[],
    events: SocketEvents,
    server: FakeServer | null,
  ) {
    this.#network = network;
    this.url = url;
    this.protocols = protocols;
    this.#events = events;
    this.#server = server;
    setTimeout(() => {
      if (network.offline || network.offlineAt === url || !server) this.break(1006);
      if (this.#clientDone || this.frozen) return;
      this.#serverDone = false;
      server?.connected(this);
      if (!this.#clientDone) events.open();
    }, network.delay);
  }

  get closed(): boolean {
    return this.#serverDone;
  }

  send(message: string | object): void {
    if (typeof message === 'string') this.#toServer(message);
    else this.#toClient(JSON.stringify({ v: 1, ...message }));
  }

  close(code: number, reason = ''): void {
    // From either side: the other one hears it a delay later.
    setTimeout(() => {
      if (!this.frozen) this.break(code, reason);
    }, this.#network.delay);
  }

  break(code: number, reason = ''): void {
    this.#network.forget(this);
    if (!this.#serverDone) {
      this.#serverDone = true;
      this.#server?.disconnected(this, code);
    }
    if (this.#clientDone) return;
    this.#clientDone = true;
    this.#events.closed(code, reason);
  }

  #toServer(frame: string): void {
    setTimeout(() => {
      if (this.#serverDone || this.frozen) return;
      const message: Record<string, unknown> = JSON.parse(frame);
      if (message.type === 'ping') this.send({ type: 'pong' });
      else this.#server?.received(this, message);
    }, this.#network.delay);
  }

  #toClient(frame: string): void {
    setTimeout(() => {
      if (!this.#clientDone && !this.frozen) this.#events.frame(frame);
    }, this.#network.delay);
  }
}
