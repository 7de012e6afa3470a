import type { HttpRequest, HttpResponse, TemplatedApp, us_socket_context_t } from 'uWebSockets.js';
import { CLOSE, type CloseCode, LIMITS, mediaRpc, relay } from '@meridian/protocol';
import { MEDIA_SOCKET, RELAY } from '../config.ts';
import type { ChannelListener } from '../net/channel.ts';
import { type OperationsOptions, routeHealth, routeMetrics, routeNothingElse, sendJson } from './http.ts';
import { type Listener, listen } from './listen.ts';
import type { TlsPair } from './tls-files.ts';
import { uws } from './uws.ts';
import { type SocketData, UwsChannel } from './uws-channel.ts';

export type NodeServerOptions = {
  address: string;
  port: number;
  /** `settled` is to be called once, when the socket has said who it is or is gone. */
  openMedia: (channel: UwsChannel, settled: () => void) => ChannelListener;
  openRelay: (channel: UwsChannel, settled: () => void) => ChannelListener;
  /** A frame made its handler throw. */
  failed: (error: unknown) => void;
  operations: OperationsOptions;
  /** Who shows it may read the metrics here. */
  metricsToken: string | undefined;
  /** Null: no TLS. */
  tls: TlsPair | null;
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
  readonly #channels = new Set<UwsChannel>();
  #listener: Listener | null = null;
  #unauthenticated = 0;
  #stopped = false;
  #closed = false;

  static async listen(options: NodeServerOptions): Promise<NodeServer> {
    const server = new NodeServer(options);
    await server.#listen();
    return server;
  }

  private constructor(options: NodeServerOptions) {
    this.#options = options;
  }

  get socketCount(): number {
    return this.#channels.size;
  }

  /** Accepts nothing new. Sockets that are open stay. */
  stopListening(): void {
    this.#stopped = true;
    this.#listener?.close();
    this.#listener = null;
  }

  /** Reads the certificate anew, for sockets from now on; those that are open stay. */
  async reloadCertificate(): Promise<void> {
    if (this.#stopped) return;
    // An app keeps the certificate it was made with. The port is free for less than a turn of the loop.
    this.#listener?.close();
    this.#listener = null;
    await this.#listen();
  }

  close(code: CloseCode, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.stopListening();
    for (const channel of [...this.#channels]) channel.close(code, reason);
  }

  async #listen(): Promise<void> {
    const { address, port } = this.#options;
    const listener = await listen(this.#app(), address, port);
    if (this.#stopped) listener.close();
    else this.#listener = listener;
  }

  #app(): TemplatedApp {
    const { tls, operations, metricsToken, openMedia, openRelay } = this.#options;
    const app =
      tls === null ? uws.App() : uws.SSLApp({ cert_file_name: tls.certFile, key_file_name: tls.keyFile });
    routeHealth(app, operations);
    if (metricsToken !== undefined) routeMetrics(app, operations, metricsToken);
    this.#route(app, {
      pattern: '/media',
      subprotocol: mediaRpc.MEDIA_SUBPROTOCOL,
      maxFrameBytes: LIMITS.mediaFrameBytes,
      maxBacklogBytes: MEDIA_SOCKET.maxBacklogBytes,
      idleTimeout: MEDIA_SOCKET.idleTimeout,
      open: openMedia,
    });
    this.#route(app, {
      pattern: '/relay',
      subprotocol: relay.RELAY_SUBPROTOCOL,
      maxFrameBytes: LIMITS.linkFrameBytes,
      maxBacklogBytes: RELAY.maxBacklogBytes,
      idleTimeout: RELAY.idleTimeout,
      open: openRelay,
    });
    routeNothingElse(app);
    return app;
  }

  #route(app: TemplatedApp, route: SocketRoute): void {
    app.ws<SocketData>(route.pattern, {
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
}
