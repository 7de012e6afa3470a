import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../scripts/stack/ports.ts';
import { pause, until } from '../../poll.ts';
import { Network } from './network.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Two hosts, each with an inner and a public address, and people who have no door. */
const [A, A_PUBLIC, B, B_PUBLIC] = ['127.90.1.1', '127.91.1.1', '127.90.1.2', '127.91.1.2'];

async function twoHosts(): Promise<{ network: Network; port: number }> {
  const network = await Network.start({
    seed: 1,
    elsewhere: 'people',
    hosts: [
      { name: 'a', region: 'north', addresses: [A] },
      { name: 'b', region: 'south', addresses: [B] },
      { name: 'people', region: 'north', addresses: [] },
    ],
  });
  closers.push(() => network.close());
  const port = await freePort();
  await network.open('udp', 'a', { address: A_PUBLIC, port }, { address: A, port });
  await network.open('udp', 'b', { address: B_PUBLIC, port }, { address: B, port });
  await network.open('tcp', 'b', { address: B_PUBLIC, port }, { address: B, port });
  return { network, port };
}

type Heard = { text: string; from: string; at: number };

async function endpoint(address: string, port: number) {
  const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 8 << 20 });
  const heard: Heard[] = [];
  socket.on('message', (data, from) =>
    heard.push({ text: String(data), from: `${from.address}:${from.port}`, at: performance.now() }),
  );
  socket.bind(port, address);
  await once(socket, 'listening');
  closers.push(() => socket.close());
  return { socket, heard };
}

async function echoServer(address: string, port: number): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(port, address);
  await once(server, 'listening');
  closers.push(() => server.close());
  return server;
}

describe('UDP', () => {
  it('shows hosts with doors to one another under their public addresses', async () => {
    const { port } = await twoHosts();
    const [a, b] = [await endpoint(A, port), await endpoint(B, port)];
    a.socket.send('to b', port, B_PUBLIC);
    await until('b to hear', 2_000, () => b.heard.length === 1);
    expect(b.heard[0]).toMatchObject({ text: 'to b', from: `${A_PUBLIC}:${port}` });
    b.socket.send('back', port, A_PUBLIC);
    await until('a to hear', 2_000, () => a.heard.length === 1);
    expect(a.heard[0]).toMatchObject({ text: 'back', from: `${B_PUBLIC}:${port}` });
  });

  it('answers guests from the door', async () => {
    const { port } = await twoHosts();
    const [b, guest] = [await endpoint(B, port), await endpoint('127.0.0.1', 0)];
    guest.socket.send('hello', port, B_PUBLIC);
    const arrived = await until('b to hear', 2_000, () => b.heard[0]);
    const [address, from] = arrived.from.split(':');
    b.socket.send('welcome', Number(from), address);
    const answer = await until('the guest to hear', 2_000, () => guest.heard[0]);
    expect(answer).toMatchObject({ text: 'welcome', from: `${B_PUBLIC}:${port}` });
  });

  it('delays one direction and not the other, and cuts by region', async () => {
    const { network, port } = await twoHosts();
    const [a, b] = [await endpoint(A, port), await endpoint(B, port)];
    await network.set('a', 'b', { delayMs: 60 });
    const start = performance.now();
    a.socket.send('slow', port, B_PUBLIC);
    b.socket.send('fast', port, A_PUBLIC);
    const fast = await until('a to hear', 2_000, () => a.heard[0]);
    const slow = await until('b to hear', 2_000, () => b.heard[0]);
    expect(slow.at - start).toBeGreaterThanOrEqual(59);
    expect(fast.at - start).toBeLessThan(slow.at - start);
    await network.between('north', 'south', { cut: true });
    a.socket.send('lost', port, B_PUBLIC);
    await until('it to be counted', 2_000, async () => (await network.counts())['a>b']?.cut === 1);
    await network.between('north', 'south', {});
    a.socket.send('again', port, B_PUBLIC);
    await until('b to hear again', 2_000, () => b.heard.some(({ text }) => text === 'again'));
    expect(b.heard.map(({ text }) => text)).toEqual(['slow', 'again']);
  });

  it('carries 10,000 packets a second with the delay it was given', async () => {
    const { network, port } = await twoHosts();
    const [a, b] = [await endpoint(A, port), await endpoint(B, port)];
    await network.set('a', 'b', { delayMs: 20, jitterMs: 5 });
    const packet = Buffer.alloc(1_000);
    const start = performance.now();
    let sent = 0;
    while (sent < 6_000) {
      const wanted = Math.min(6_000, Math.floor((performance.now() - start) * 10));
      for (; sent < wanted; sent++) a.socket.send(packet, port, B_PUBLIC);
      await pause(2);
    }
    await until('all to arrive', 5_000, () => b.heard.length >= 6_000 * 0.999);
    const counts = await network.counts();
    expect(counts['a>b']?.passed).toBe(6_000);
  });
});

describe('TCP', () => {
  it('passes a connection with its delay and its end', async () => {
    const { network, port } = await twoHosts();
    await echoServer(B, port);
    await network.between('people', 'b', { delayMs: 20 });
    const start = performance.now();
    const socket = net.connect(port, B_PUBLIC);
    socket.end('last words');
    const heard: Buffer[] = [];
    for await (const chunk of socket) heard.push(chunk);
    expect(Buffer.concat(heard).toString()).toBe('last words');
    expect(performance.now() - start).toBeGreaterThanOrEqual(39);
  });

  it('is held up by a cut and goes on after it', async () => {
    const { network, port } = await twoHosts();
    await echoServer(B, port);
    const socket = net.connect(port, B_PUBLIC);
    closers.push(() => socket.destroy());
    let heard = '';
    socket.on('data', (chunk) => {
      heard += String(chunk);
    });
    socket.write('one');
    await until('an echo', 2_000, () => heard === 'one');
    await network.between('people', 'b', { cut: true });
    socket.write('two');
    await pause(150);
    expect(heard).toBe('one');
    await network.between('people', 'b', {});
    await until('the rest', 2_000, () => heard === 'onetwo');
  });

  it('breaks connections when told to', async () => {
    const { network, port } = await twoHosts();
    await echoServer(B, port);
    const socket = net.connect(port, B_PUBLIC);
    socket.on('error', () => {});
    socket.write('one');
    await once(socket, 'data');
    const closed = once(socket, 'close');
    await network.reset('b');
    await closed;
  });
});
