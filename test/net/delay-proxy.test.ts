import dgram from 'node:dgram';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { tcpDelayProxy, udpDelayProxy } from './delay-proxy.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
const loopback = (port: number) => ({ address: '127.0.0.1', port });

async function echoServer(): Promise<number> {
  const server = net.createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return address.port;
}

describe('tcpDelayProxy', () => {
  it('delays both ways, and the first bytes by the handshakes too', async () => {
    const target = loopback(await echoServer());
    const proxy = await tcpDelayProxy({ listen: loopback(0), target, oneWayMs: 20, handshakes: 1 });
    closers.push(() => proxy.close());
    const socket = net.connect(proxy.port, '127.0.0.1');
    closers.push(() => socket.destroy());
    const roundTrip = async () => {
      const start = performance.now();
      socket.write('x');
      await new Promise((resolve) => socket.once('data', resolve));
      return performance.now() - start;
    };
    const first = await roundTrip();
    const second = await roundTrip();
    expect(first).toBeGreaterThanOrEqual(78);
    expect(second).toBeGreaterThanOrEqual(38);
    expect(second).toBeLessThan(first);
  });

  it('hands the end of a connection on', async () => {
    const target = loopback(await echoServer());
    const proxy = await tcpDelayProxy({ listen: loopback(0), target, oneWayMs: 1, handshakes: 0 });
    closers.push(() => proxy.close());
    const socket = net.connect(proxy.port, '127.0.0.1');
    socket.end('last words');
    const heard: Buffer[] = [];
    for await (const chunk of socket) heard.push(chunk);
    expect(Buffer.concat(heard).toString()).toBe('last words');
  });
});

describe('udpDelayProxy', () => {
  it('keeps order and delays both ways', async () => {
    const echo = dgram.createSocket('udp4');
    echo.on('message', (data, from) => echo.send(data, from.port, from.address));
    await new Promise<void>((resolve) => echo.bind(0, '127.0.0.1', resolve));
    closers.push(() => echo.close());
    const target = loopback(echo.address().port);
    const proxy = await udpDelayProxy({ listen: loopback(0), target, oneWayMs: 15 });
    closers.push(() => proxy.close());
    const client = dgram.createSocket('udp4');
    closers.push(() => client.close());
    const start = performance.now();
    const heard: number[] = [];
    const done = new Promise<void>((resolve) => {
      client.on('message', (data) => {
        heard.push(data.readUInt8(0));
        if (heard.length === 100) resolve();
      });
    });
    for (let i = 0; i < 100; i++) client.send(Buffer.of(i), proxy.port, '127.0.0.1');
    await done;
    expect(performance.now() - start).toBeGreaterThanOrEqual(28);
    expect(heard).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});
