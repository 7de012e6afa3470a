import { randomUUID } from 'node:crypto';
import { CLOSE, encode, LIMITS, mediaRpc, PING_FRAME, relay } from '@meridian/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { MEDIA_SOCKET } from '../config.ts';
import { TestFleet } from '../testing/fleet.ts';
import { MediaClient } from '../testing/media-client.ts';
import { until } from '../testing/until.ts';

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await TestFleet.start(23400, ['node-a']);
});
afterAll(() => fleet.close());

const MEDIA_TYPES = mediaRpc.ClientToNode.options.map((option) => option.shape.type.value);
const RELAY_TYPES = relay.RelayMessage.options.map((option) => option.shape.type.value);

/** Frames that are nothing, JSON of anything, and messages with wrong insides. */
function frames(types: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record(
        { v: fc.constantFrom(1, 2, '1'), type: fc.constantFrom(...types), ref: fc.jsonValue() },
        { requiredKeys: [] },
      )
      .chain((head) => fc.dictionary(fc.string(), fc.jsonValue()).map((rest) => ({ ...rest, ...head })))
      .map((message) => JSON.stringify(message)),
  );
}

async function open(path: string, protocol: string): Promise<WebSocket> {
  const socket = new WebSocket(`${fleet.url('node-a')}${path}`, [protocol]);
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('open', resolve));
  return socket;
}

async function closeCode(socket: WebSocket): Promise<number> {
  if (socket.readyState === WebSocket.CLOSED) return 0;
  return new Promise((resolve) => socket.once('close', resolve));
}

describe.each([
  ['/media', mediaRpc.MEDIA_SUBPROTOCOL, MEDIA_TYPES],
  ['/relay', relay.RELAY_SUBPROTOCOL, RELAY_TYPES],
])('%s before hello', (path, protocol, types) => {
  test('answers anything with a typed error or a close code of ours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frames(types), { minLength: 1, maxLength: 5 }), async (batch) => {
        const socket = await open(path, protocol);
        const closed = closeCode(socket);
        const answers: string[] = [];
        socket.on('message', (data) => answers.push(data.toString()));
        for (const frame of batch) socket.send(frame);
        socket.send('this is no JSON');
        const code = await closed;
        expect(code).toBeGreaterThanOrEqual(4400);
        for (const answer of answers) {
          expect(['error', 'pong']).toContain(JSON.parse(answer).type);
        }
      }),
      { numRuns: 60 },
    );
    expect((await fetch(`${fleet.url('node-a').replace('ws', 'http')}/healthz`)).status).toBe(200);
  });

  test('a binary frame and one that is too large end the socket', async () => {
    const binary = await open(path, protocol);
    binary.send(Buffer.from([1, 2, 3]));
    expect(await closeCode(binary)).toBe(CLOSE.malformed);
    const large = await open(path, protocol);
    large.send('x'.repeat(LIMITS.linkFrameBytes + 1));
    expect(await closeCode(large)).toBeGreaterThan(1000);
  });

  test('silence ends the socket', { timeout: 10_000 }, async () => {
    expect(await closeCode(await open(path, protocol))).toBe(CLOSE.authTimeout);
  });

  test('another subprotocol is not upgraded', async () => {
    const socket = new WebSocket(`${fleet.url('node-a')}${path}`, ['something.else']);
    await expect(new Promise((_resolve, reject) => socket.once('error', reject))).rejects.toThrow('400');
  });
});

describe('/relay after hello', () => {
  const endpoint = {
    ip: '127.0.0.1',
    port: 9,
    srtp_parameters: {
      cryptoSuite: 'AEAD_AES_256_GCM' as const,
      keyBase64: Buffer.alloc(44).toString('base64'),
    },
  };

  /** Says hello as `node_id` with a grant for these claims; resolves with the first answer. */
  async function greet(grant: { sub: string; to: string }, node_id: string, at = endpoint) {
    const socket = await open('/relay', relay.RELAY_SUBPROTOCOL);
    const answer = new Promise<string>((resolve) => {
      socket.once('message', (data) => resolve(data.toString()));
    });
    socket.send(
      encode<relay.RelayMessage>({
        type: 'relay_hello',
        token: await fleet.control.relayGrant({ ...grant, meeting: fleet.meetingId }),
        meeting_id: fleet.meetingId,
        node_id,
        boot_id: randomUUID(),
        endpoint: at,
      }),
    );
    return { socket, answer: JSON.parse(await answer) };
  }

  test('a grant for somebody else, or from the wrong side, is refused', async () => {
    const stolen = await greet({ sub: 'node-0', to: 'node-z' }, 'node-0');
    expect(stolen.answer).toMatchObject({ type: 'error', code: 'forbidden' });
    const posing = await greet({ sub: 'node-0', to: 'node-a' }, 'node-1');
    expect(posing.answer).toMatchObject({ type: 'error', code: 'forbidden' });
    const reversed = await greet({ sub: 'node-z', to: 'node-a' }, 'node-z');
    expect(reversed.answer).toMatchObject({ type: 'error', code: 'conflict' });
    const nowhere = await greet({ sub: 'node-0', to: 'node-a' }, 'node-0', { ...endpoint, ip: 'no address' });
    expect(nowhere.answer).toMatchObject({ type: 'error', code: 'unprocessable' });
  });

  test('anything gets an answer, and the link survives it', async () => {
    const { socket, answer } = await greet({ sub: 'node-0', to: 'node-a' }, 'node-0');
    expect(answer).toMatchObject({ type: 'relay_welcome', node_id: 'node-a' });
    let pongs = 0;
    socket.on('message', (data) => {
      if (JSON.parse(data.toString()).type === 'pong') pongs += 1;
    });
    await fc.assert(
      fc.asyncProperty(frames(RELAY_TYPES), async (frame) => {
        const before = pongs;
        socket.send(frame);
        socket.send(PING_FRAME);
        await until('the pong', () => pongs > before);
      }),
      { numRuns: 200 },
    );
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.close();
  });
});

describe('/media after hello', () => {
  test('anything gets an answer, and the session survives it', async () => {
    const client = await fleet.join('node-a');
    await fc.assert(
      fc.asyncProperty(frames(MEDIA_TYPES), async (frame) => {
        client.socket.send(frame);
        expect(await client.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
      }),
      { numRuns: 200 },
    );
    expect(client.closeCode).toBeNull();
    await client.publish('microphone');
  });

  test('requests that make no sense are refused by name', async () => {
    const client = await fleet.join('node-a');
    const refused = (body: Parameters<MediaClient['request']>[0], code: string) =>
      expect(client.request(body)).rejects.toMatchObject({ code });
    await refused({ type: 'consumer_ready', consumer_id: 'nope' }, 'unknown_consumer');
    await refused({ type: 'restart_ice', transport_id: 'nope' }, 'unknown_transport');
    await refused({ type: 'renew_token', token: 'nope' }, 'unauthorized');
    await refused({ type: 'close_producer', source: 'screen' }, 'unknown_stream');
    const transport_id = client.welcome.send_transport.transport_id;
    const dtls_parameters = { fingerprints: [{ algorithm: 'sha-256' as const, value: 'nonsense' }] };
    await refused({ type: 'connect_transport', transport_id, dtls_parameters }, 'conflict');
    await refused(
      {
        type: 'produce',
        source: 'camera',
        rtp_parameters: { codecs: [{ mimeType: 'video/THEORA', payloadType: 99, clockRate: 1 }] },
        layers: [],
        paused: false,
      },
      'unsupported',
    );
  });

  test('a flood ends the socket', async () => {
    const client = fleet.track(await MediaClient.open(fleet.url('node-a')));
    await client.hello(await fleet.token(fleet.member()));
    for (let i = 0; i < MEDIA_SOCKET.burst + 100; i += 1) client.socket.send('{"v":1,"type":"ping"}');
    expect(await client.closed()).toBe(CLOSE.flooding);
  });

  test('a reader that stops reading is let go', async () => {
    const client = fleet.track(await MediaClient.open(fleet.url('node-a')));
    await client.hello(await fleet.token(fleet.member()));
    const { meetings } = fleet.node('node-a');
    const peer = meetings.all.flatMap((m) => m.peers).at(-1);
    client.socket.pause();
    const stream_id = `${'0'.repeat(36)}:microphone` as const;
    for (let i = 0; i < 200_000 && peer?.attached; i += 1)
      peer.send({ type: 'stream_removed', stream_id, generation: 1 });
    expect(peer?.attached).toBe(false);
    client.socket.resume();
    await until('the close', () => client.closeCode !== null);
  });
});
