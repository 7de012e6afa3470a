import { DurableObject } from 'cloudflare:workers';

type Env = { ROOMS: DurableObjectNamespace<BareRoom> };

/** The least a room can be: every message is a row, and goes to everybody. */
export class BareRoom extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec('create table if not exists messages (seq integer primary key, body text not null)');
  }

  override async fetch(): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(_sender: WebSocket, frame: string): Promise<void> {
    this.ctx.storage.sql.exec('insert into messages (body) values (?)', frame);
    for (const socket of this.ctx.getWebSockets()) socket.send(frame);
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    socket.close();
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    if (new URL(request.url).pathname === '/healthz') return new Response('ok');
    return env.ROOMS.get(env.ROOMS.idFromName('room')).fetch(request);
  },
} satisfies ExportedHandler<Env>;
