import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { TcpOnlyNetwork } from './tcp-only-network.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Answers each connection with a megabyte and what it was told. */
async function tcpServer(): Promise<number> {
  const server = createServer((socket) => {
    socket.once('data', (said) => socket.end(`${'x'.repeat(1_000_000)}${said}`));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Runs in the network: tries two TCP ports and sends to a UDP one, on the loopback address and on another. */
const VISITOR = `
  const [open, shut, udp] = process.argv.slice(1).map(Number);
  const net = require('node:net');
  const visit = (port) => new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('hello'));
    let length = 0, end = '';
    socket.on('data', (data) => { length += data.length; end = String(data).slice(-5); });
    socket.on('error', (error) => resolve(error.code));
    socket.on('close', () => resolve(length + ' ' + end));
  });
  const socket = require('node:dgram').createSocket('udp4');
  const send = (address) => new Promise((resolve) => socket.send('out', udp, address, resolve));
  (async () => {
    const answers = [await visit(open), await visit(shut)];
    await send('127.0.0.1');
    await send('198.51.100.1');
    socket.close();
    console.log(JSON.stringify(answers));
  })();
`;

describe('a network without UDP', () => {
  it('carries whole connections to the ports it was given, and nothing else', async () => {
    const [open, shut] = [await tcpServer(), await tcpServer()];
    const udp = createSocket('udp4');
    const datagrams: string[] = [];
    udp.on('message', (data) => datagrams.push(String(data)));
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    closers.push(() => udp.close());

    const network = await TcpOnlyNetwork.open([open], process.execPath);
    closers.push(() => network.close());
    const { program, env } = network.launcher;
    const visit = promisify(execFile)(
      program,
      ['-e', VISITOR, String(open), String(shut), String(udp.address().port)],
      { env: { ...process.env, ...env } },
    );
    const { stdout } = await visit;
    expect(JSON.parse(stdout)).toEqual(['1000005 hello', 'ECONNREFUSED']);

    // What is sent from here now arrives after anything that had come out of there.
    const probe = createSocket('udp4');
    probe.send('in', udp.address().port, '127.0.0.1', () => probe.close());
    await once(udp, 'message');
    expect(datagrams).toEqual(['in']);
  });
});
