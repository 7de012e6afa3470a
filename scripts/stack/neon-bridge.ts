import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { NeonHttp } from './neon-http.ts';

export type BridgeOptions = {
  readonly databaseUrl: string;
  readonly port: number;
};

/**
 * What @neondatabase/serverless talks to, in front of a plain PostgreSQL:
 *
 *   WebSocket /v2    a tunnel of PostgreSQL's own protocol   (Pool, Client)
 *   POST /sql        one query, or a batch in a transaction  (neon())
 *
 * The address a client asks for is ignored: everything goes to the one database. Otherwise this would be a
 * way for any web page to reach any port that this machine reaches.
 */
export class NeonBridge {
  readonly #http: NeonHttp;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #database: URL;

  constructor({ databaseUrl }: BridgeOptions) {
    this.#database = new URL(databaseUrl);
    this.#http = new NeonHttp(this.#database);
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#sockets = new WebSocketServer({ server: this.#server, path: '/v2', perMessageDeflate: false });
    this.#sockets.on('connection', (socket) => this.#tunnel(socket));
  }

  static async start(options: BridgeOptions): Promise<NeonBridge> {
    const bridge = new NeonBridge(options);
    await new Promise<void>((resolve, reject) => {
      bridge.#server.once('error', reject);
      bridge.#server.listen(options.port, '127.0.0.1', resolve);
    });
    return bridge;
  }

  /** host:port, as NEON_LOCAL wants it. */
  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
    await this.#http.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://bridge');
    const answer =
      request.method === 'POST' && pathname === '/sql'
        ? await this.#http.handle(request)
        : { status: 404, body: { message: 'not found' } };
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  }

  #tunnel(socket: WebSocket): void {
    const database = connect(Number(this.#database.port || 5432), this.#database.hostname);
    database.setNoDelay(true);
    database.on('data', (data) => {
      if (socket.readyState === socket.OPEN) socket.send(data);
    });
    database.on('close', () => socket.close(1000));
    database.on('error', () => socket.close(1011, 'the database is away'));
    socket.on('message', (data: Buffer) => database.write(data));
    socket.on('close', () => database.end());
    socket.on('error', () => database.destroy());
  }
}
