import { setTimeout as sleep } from 'node:timers/promises';
import { CLOSE } from '@meridian/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { until } from '../testing/until.ts';
import { PersistentLink } from './persistent-link.ts';

let server: WebSocketServer;
let link: PersistentLink;
let sockets: WebSocket[] = [];
let events: string[] = [];
let onConnection: (socket: WebSocket) => void = () => {};

beforeEach(async () => {
  [sockets, events, onConnection] = [[], [], () => {}];
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    sockets.push(socket);
    onConnection(socket);
  });
  await new Promise((resolve) => server.once('listening', resolve));
});
afterEach(() => {
  link.close();
  for (const client of server.clients) client.terminate();
  server.close();
});

function start(): void {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  link = new PersistentLink({
    target: async () => ({ url: `ws://127.0.0.1:${port}`, maxFrameBytes: 1_000 }),
    opened: () => events.push('opened'),
    message: (frame) => events.push(typeof frame === 'string' ? frame : 'binary'),
    lost: (code) => events.push(`lost ${code}`),
    isFinal: (code) => code === CLOSE.meetingEnded,
    logger: pino({ level: 'silent' }),
  });
}

test('carries frames, and comes back after a loss', async () => {
  start();
  await until('the socket', () => sockets.length === 1 && link.connected);
  link.accepted();
  sockets[0]?.send('hello');
  await until('the frame', () => events.includes('hello'));
  sockets[0]?.terminate();
  await until('the next', () => sockets.length === 2 && link.connected, 1_000);
  expect(events).toEqual(['opened', 'hello', 'lost 1006', 'opened']);
});

test('a refusal is not answered with a storm, whatever is said along with it', async () => {
  onConnection = (socket) => {
    socket.send('no');
    socket.close(CLOSE.unauthorized);
  };
  start();
  await sleep(1_500);
  expect(sockets.length).toBeGreaterThan(1);
  expect(sockets.length).toBeLessThan(12);
});

test('ends for good at a final code, and when closed here', async () => {
  start();
  await until('the socket', () => link.connected);
  sockets[0]?.close(CLOSE.meetingEnded);
  await until('the end', () => link.closed);
  expect(events).toEqual(['opened', `lost ${CLOSE.meetingEnded}`]);

  start();
  await until('the socket', () => link.connected);
  link.close();
  await sleep(300);
  expect(sockets.length).toBe(2);
  expect(link.connected).toBe(false);
});

test('a frame that is too large ends the socket, not the process', async () => {
  start();
  await until('the socket', () => link.connected);
  sockets[0]?.send('x'.repeat(2_000));
  await until('the loss', () => events.some((event) => event.startsWith('lost')));
});
