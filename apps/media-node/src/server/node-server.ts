import type {
  HttpRequest,
  HttpResponse,
  TemplatedApp,
  us_listen_socket,
  us_socket_context_t,
} from 'uWebSockets.js';
import { CLOSE, type CloseCode, LIMITS, mediaRpc, relay } from '@meridian/protocol';
import { MEDIA_SOCKET, RELAY } from '../config.ts';
import type { ChannelListener } from '../net/channel.ts';
import { uws } from './uws.ts';
import { type SocketData, UwsChannel } from './uws-channel.ts';

declare module 'uWebSockets.js' {
  interface TemplatedApp {
    /** Takes options also after an address; the package's typings leave that out. */
    listen(
      address: string,
      port: number,
      options: number,
      callback: (socket: us_listen_socket | false) => void,
    ): TemplatedApp;
  }
}

/** LIBUS_LISTEN_EXCLUSIVE_PORT. */
const LISTEN_EXCLUSIVE = 1;

export type NodeServerOptions = {
  address: string;
  port: number;
  /** `settled` is to be called once, when the socket has said who it is or is gone. */
  openMedia: (channel: UwsChannel, settled: () => void) => ChannelListener;
  openRelay: (channel: UwsChannel, settled: () => void) => ChannelListener;
  /** A frame made its handler throw. */
  failed: (error: unknown) => void;
  ready: () => { ready: boolean; detail: Record<string, unknown> };
  metrics: () => Promise<string>;
};

type SocketRoute = {
  pattern: string;
  subprotocol: string;
  maxFrameBytes: number;
  maxBacklogBytes: number;
  idleTimeout: number;
  open: NodeServerOptions['openMedia'];
};

/** HTTP and WebSocket front of the node. Knows sockets, not what they are for. */
export class NodeServer {
  readonly #options: NodeServerOptions;
  readonly #app: TemplatedApp;
  readonly #channels = new Set<UwsChannel>();
  #listening: us_listen_socket | null = null;
  #unauthenticated = 0;
  #closed = false;

  static async listen(options: NodeServerOptions): Promise<NodeServer> {
    const server = new NodeServer(options);
    await server.#listen();
    return server;
  }

  private constructor(options: NodeServerOptions) {
    this.#options = options;
    this.#app = uws.App();
    this.#app.get('/healthz', (res) => sendJson(res, '200 OK', { status: 'ok' }));
    this.#app.get('/readyz', (res) => {
      const { ready, detail } = options.ready();
      sendJson(res, ready ? '200 OK' : '503 Service Unavailable', { ready, ...detail });
    });
    this.#app.get('/metrics', (res) => void this.#sendMetrics(res));
    this.#route({
      pattern: '/media',
      subprotocol: mediaRpc.MEDIA_SUBPROTOCOL,
      maxFrameBytes: LIMITS.mediaFrameBytes,
      maxBacklogBytes: MEDIA_SOCKET.maxBacklogBytes,
      idleTimeout: MEDIA_SOCKET.idleTimeout,
      open: options.openMedia,
    });
    this.#route({
      pattern: '/relay',
      subprotocol: relay.RELAY_SUBPROTOCOL,
      maxFrameBytes: LIMITS.linkFrameBytes,
      maxBacklogBytes: RELAY.maxBacklogBytes,
      idleTimeout: RELAY.idleTimeout,
      open: options.openRelay,
    });
    this.#app.any('/*', (res) => sendJson(res, '404 Not Found', { code: 'not_found' }));
  }

  get socketCount(): number {
    return this.#channels.size;
  }

  /** Accepts nothing new. Sockets that are open stay. */
  stopListening(): void {
    if (this.#listening === null) return;
    uws.us_listen_socket_close(this.#listening);
    this.#listening = null;
  }

  close(code: CloseCode, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.stopListening();
    for (const channel of [...this.#channels]) channel.close(code, reason);
  }

  #listen(): Promise<void> {
    const { address, port } = this.#options;
    return new Promise((resolve, reject) => {
      // Exclusive: without, a second process on this port would be given half of the connections.
      this.#app.listen(address, port, LISTEN_EXCLUSIVE, (socket) => {
        if (socket === false) {
          reject(new Error(`cannot listen on ${address} port ${port}`));
          return;
        }
        this.#listening = socket;
        resolve();
      });
    });
  }

  #route(route: SocketRoute): void {
    this.#app.ws<SocketData>(route.pattern, {
      maxPayloadLength: route.maxFrameBytes,
      // Ours is the bound that answers; this one only keeps uWS from dropping frames before it.
      maxBackpressure: 2 * route.maxBacklogBytes,
      idleTimeout: route.idleTimeout,
      sendPingsAutomatically: true,
      upgrade: (res, req, context) => this.#upgrade(route, res, req, context),
      open: (socket) => {
        const channel = new UwsChannel(socket, route.maxBacklogBytes);
        socket.getUserData().channel = channel;
        this.#opened(route, channel);
      },
      message: (socket, data, isBinary) => {
        const { channel } = socket.getUserData();
        try {
          channel?.received(data, isBinary);
        } catch (error) {
          // A fault of ours in one session must not end all the others.
          this.#options.failed(error);
          channel?.close(CLOSE.internal, 'internal error');
        }
      },
      close: (socket, code) => {
        const { channel } = socket.getUserData();
        if (channel === null) return;
        this.#channels.delete(channel);
        channel.ended(code);
      },
    });
  }

  #upgrade(route: SocketRoute, res: HttpResponse, req: HttpRequest, context: us_socket_context_t): void {
    const offered = req
      .getHeader('sec-websocket-protocol')
      .split(',')
      .map((protocol) => protocol.trim());
    if (!offered.includes(route.subprotocol)) {
      sendJson(res, '400 Bad Request', {
        code: 'malformed',
        detail: `expected subprotocol ${route.subprotocol}`,
      });
      return;
    }
    res.upgrade<SocketData>(
      { channel: null },
      req.getHeader('sec-websocket-key'),
      route.subprotocol,
      req.getHeader('sec-websocket-extensions'),
      context,
    );
  }

  #opened(route: SocketRoute, channel: UwsChannel): void {
    if (this.#closed || this.#unauthenticated >= MEDIA_SOCKET.maxUnauthenticated) {
      channel.close(CLOSE.unavailable, 'too many sockets');
      return;
    }
    this.#channels.add(channel);
    this.#unauthenticated += 1;
    channel.listen(
      route.open(channel, () => {
        this.#unauthenticated -= 1;
      }),
    );
  }

  async #sendMetrics(res: HttpResponse): Promise<void> {
    let aborted = false;
    res.onAborted(() => {
      aborted = true;
    });
    const text = await this.#options.metrics().catch(() => null);
    if (aborted) return;
    res.cork(() => {
      if (text === null) res.writeStatus('500 Internal Server Error').end();
      else res.writeHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8').end(text);
    });
  }
}

function sendJson(res: HttpResponse, status: string, body: unknown): void {
  res.cork(() => {
    res.writeStatus(status).writeHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
}
