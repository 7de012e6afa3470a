import dgram from 'node:dgram';
import net from 'node:net';
import { DelayLine } from './delay-line.ts';

/** A stretch of network between clients and one server: every packet takes `oneWayMs`. */
export type DelayProxy = { port: number; setDelay(oneWayMs: number): void; close(): Promise<void> };

type Place = { address: string; port: number };

/**
 * For TCP. A connection costs what it costs on a real path: `handshakes` round trips before the first byte
 * (1 for TCP, 2 with TLS 1.3), which loopback would hide.
 */
export async function tcpDelayProxy(options: {
  listen: Place;
  target: Place;
  oneWayMs: number;
  handshakes: number;
}): Promise<DelayProxy> {
  let oneWayMs = options.oneWayMs;
  const open = new Set<{ lines: DelayLine<Chunk>[]; sockets: net.Socket[] }>();

  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = net.connect({
      host: options.target.address,
      port: options.target.port,
      allowHalfOpen: true,
      noDelay: true,
    });
    const lines = [carry(client, upstream, options.handshakes), carry(upstream, client, 0)];
    const connection = { lines, sockets: [client, upstream] };
    open.add(connection);
    const end = () => {
      open.delete(connection);
      for (const line of lines) line.close();
      client.destroy();
      upstream.destroy();
    };
    client.on('error', end);
    upstream.on('error', end);
    let closed = 0;
    for (const socket of connection.sockets) {
      socket.on('close', () => {
        closed += 1;
        if (closed === 2) end();
      });
    }
  });

  function carry(from: net.Socket, to: net.Socket, handshakes: number): DelayLine<Chunk> {
    let first = true;
    const line = new DelayLine<Chunk>(oneWayMs, (chunk) => {
      if (to.destroyed) return;
      if (chunk === 'end') to.end();
      else to.write(chunk);
    });
    const push = (chunk: Chunk) => {
      line.delayMs = oneWayMs;
      line.push(chunk, first ? handshakes * 2 * oneWayMs : 0);
      first = false;
    };
    from.on('data', push);
    from.on('end', () => push('end'));
    return line;
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.listen.port, options.listen.address, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('not a TCP server');
  return {
    port: bound.port,
    setDelay: (ms) => {
      oneWayMs = ms;
    },
    close: async () => {
      for (const { lines, sockets } of open) {
        for (const line of lines) line.close();
        for (const socket of sockets) socket.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Chunk = Buffer | 'end';

/** For UDP: one socket towards the server per client, as a NAT has it. */
export async function udpDelayProxy(options: {
  listen: Place;
  target: Place;
  oneWayMs: number;
}): Promise<DelayProxy> {
  let oneWayMs = options.oneWayMs;
  const clients = new Map<string, { up: DelayLine<Buffer>; down: DelayLine<Buffer>; socket: dgram.Socket }>();
  // A key frame of several layers arrives in one burst; the default buffer would drop part of it.
  const buffers = { recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 };
  const front = dgram.createSocket({ type: 'udp4', ...buffers });

  front.on('message', (packet, from) => {
    const key = `${from.address}:${from.port}`;
    let client = clients.get(key);
    if (!client) {
      const socket = dgram.createSocket({ type: 'udp4', ...buffers });
      const { address, port } = options.target;
      const up = new DelayLine<Buffer>(oneWayMs, (data) => socket.send(data, port, address));
      const down = new DelayLine<Buffer>(oneWayMs, (data) => front.send(data, from.port, from.address));
      socket.on('message', (data) => {
        down.delayMs = oneWayMs;
        down.push(data);
      });
      client = { up, down, socket };
      clients.set(key, client);
    }
    client.up.delayMs = oneWayMs;
    client.up.push(packet);
  });

  await new Promise<void>((resolve, reject) => {
    front.once('error', reject);
    front.bind(options.listen.port, options.listen.address, resolve);
  });
  return {
    port: front.address().port,
    setDelay: (ms) => {
      oneWayMs = ms;
    },
    close: async () => {
      for (const { up, down, socket } of clients.values()) {
        up.close();
        down.close();
        socket.close();
      }
      await new Promise<void>((resolve) => front.close(resolve));
    },
  };
}
