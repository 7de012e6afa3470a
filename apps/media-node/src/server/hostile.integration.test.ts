import { randomUUID } from 'node:crypto';
import { CLOSE, encode, LIMITS, mediaRpc, PING_FRAME, relay, streamId } from '@meridian/protocol';
import { almost, arbitraryOf } from '@meridian/protocol/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { z } from 'zod';
import { MEDIA_SOCKET } from '../config.ts';
import { TestFleet } from '../testing/fleet.ts';
import { MediaClient } from '../testing/media-client.ts';
import { until } from '../testing/until.ts';

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await TestFleet.start(23400, ['node-a']);
});
afterAll(() => fleet.close());

/** Frames that are nothing, JSON of anything, valid messages with any content, and almost valid ones. */
function frames(messages: readonly z.ZodType[]): fc.Arbitrary<string> {
  const valid = fc.oneof(...messages.map(arbitraryOf));
  return fc.oneof(
    fc.string(),
    fc.json(),
    valid.map((message) => JSON.stringify(message)),
    almost(valid).map((message) => JSON.stringify(message) ?? ''),
  );
}

const MEDIA = mediaRpc.ClientToNode.options;
const RELAY = relay.RelayMessage.options;

/** One socket sees all of it, so a failure cannot be tried again with less. Slow enough to be no flood. */
const ONE_SESSION = { numRuns: 200, endOnFailure: true };

/** Two people in the same meeting, one hears the other. */
async function bystanders(): Promise<{ ada: MediaClient; unharmed: () => Promise<void> }> {
  const member = fleet.member();
  const [ada, ben] = [await fleet.join('node-a', member), await fleet.join('node-a')];
  await ada.publish('microphone');
  const voice = await ben.receive(streamId(member.participantId, 'microphone'));
  await ben.flows(voice);
  return {
    ada,
    unharmed: async () => {
      await ben.flows(voice);
      expect([ada.closeCode, ben.closeCode]).toEqual([null, null]);
      // No media worker died of it.
      expect(fleet.node('node-a').pool.complete).toBe(true);
    },
  };
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
  ['/media', mediaRpc.MEDIA_SUBPROTOCOL, MEDIA],
  ['/relay', relay.RELAY_SUBPROTOCOL, RELAY],
])('%s before hello', (path, protocol, messages) => {
  test('answers anything with a typed error or a close code of ours', async () => {
    const { unharmed } = await bystanders();
    await fc.assert(
      fc.asyncProperty(fc.array(frames(messages), { minLength: 1, maxLength: 5 }), async (batch) => {
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
    await unharmed();
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
        endpoints: { full: at, thin: at },
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

  test('a node with a grant that is no neighbour is offered nothing, and gets nothing that it can name', async () => {
    const member = fleet.member();
    const ada = await fleet.join('node-a', member);
    const { generation } = await ada.publish('microphone');
    const { socket, answer } = await greet({ sub: 'node-0', to: 'node-a' }, 'node-0');
    expect(answer).toMatchObject({ type: 'relay_welcome' });
    const heard: { type: string; ref?: unknown; code?: string }[] = [];
    socket.on('message', (data) => heard.push(JSON.parse(data.toString())));
    socket.send(
      encode<relay.RelayMessage>({
        type: 'relay_subscribe',
        ref: 1,
        stream_id: streamId(member.participantId, 'microphone'),
        generation,
        feed: 1,
        carriage: 'full',
        layers: [0],
      }),
    );
    await until('the answer', () => heard.some(({ ref }) => ref === 1));
    expect(heard.find(({ ref }) => ref === 1)).toMatchObject({ type: 'error', code: 'unknown_stream' });
    expect(heard.filter(({ type }) => type === 'relay_stream_available')).toEqual([]);
    socket.close();
  });

  test('anything gets an answer, and the link survives it', async () => {
    const { unharmed } = await bystanders();
    const { socket, answer } = await greet({ sub: 'node-0', to: 'node-a' }, 'node-0');
    expect(answer).toMatchObject({ type: 'relay_welcome', node_id: 'node-a' });
    let pongs = 0;
    socket.on('message', (data) => {
      if (JSON.parse(data.toString()).type === 'pong') pongs += 1;
    });
    await fc.assert(
      fc.asyncProperty(frames(RELAY), async (frame) => {
        const before = pongs;
        socket.send(frame);
        socket.send(PING_FRAME);
        await until('the pong', () => pongs > before);
      }),
      ONE_SESSION,
    );
    expect(socket.readyState).toBe(WebSocket.OPEN);
    await unharmed();
    socket.close();
  });
});

describe('/media after hello', () => {
  test('anything gets an answer, and the session survives it', async () => {
    const { unharmed } = await bystanders();
    const client = await fleet.join('node-a');
    await fc.assert(
      fc.asyncProperty(frames(MEDIA), async (frame) => {
        client.socket.send(frame);
        expect(await client.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
      }),
      ONE_SESSION,
    );
    expect(client.closeCode).toBeNull();
    expect(client.all('error').filter(({ code }) => code === 'internal')).toEqual([]);
    await client.publish('microphone');
    await unharmed();
  });

  test('parameters that are almost right harm no media worker', async () => {
    const { unharmed } = await bystanders();
    const client = await fleet.join('node-a');
    const { sender, welcome } = client;
    if (sender === null) throw new Error('no sender');
    const media = (source: 'microphone' | 'camera', kind: 'audio' | 'video') => ({
      v: 1,
      type: 'produce',
      source,
      rtp_parameters: { mid: '0', ...sender.parameters(kind) },
      layers: [{ w: 320, h: 180, bps: 100_000 }],
      paused: false,
    });
    const requests = fc.constantFrom(
      media('microphone', 'audio'),
      media('camera', 'video'),
      {
        v: 1,
        type: 'produce_data',
        label: 'cursor',
        sctp_stream_parameters: { streamId: 0, maxRetransmits: 0 },
      },
      {
        v: 1,
        type: 'connect_transport',
        transport_id: welcome.recv_transport.transport_id,
        dtls_parameters: sender.dtls,
      },
      { v: 1, type: 'set_receive', audio_only: true, max_bitrate: 100_000 },
    );
    await fc.assert(
      fc.asyncProperty(almost(requests), async (message) => {
        client.socket.send(JSON.stringify(message) ?? '');
        expect(await client.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
      }),
      ONE_SESSION,
    );
    expect(client.closeCode).toBeNull();
    expect(client.all('error').filter(({ code }) => code === 'internal')).toEqual([]);
    await unharmed();
  });

  test('in the name of another, nothing can be done to them', async () => {
    const { unharmed, ada } = await bystanders();
    const client = await fleet.join('node-a');
    const own = mediaRpc.ClientToNode.options.filter((one) => one.shape.type.value !== 'hello');
    const transport_id = fc.constantFrom(
      ada.welcome.send_transport.transport_id,
      ada.welcome.recv_transport.transport_id,
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(...own.map(arbitraryOf)), transport_id, async (message, id) => {
        const aimed = { ...Object(message), transport_id: id, consumer_id: id, ref: 'aimed' };
        client.socket.send(JSON.stringify(aimed));
        expect(await client.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
        if (aimed.type !== 'restart_ice' && aimed.type !== 'connect_transport') return;
        expect(client.all('error').at(-1)).toMatchObject({ code: 'unknown_transport', ref: 'aimed' });
      }),
      ONE_SESSION,
    );
    await unharmed();
  });

  test('requests that make no sense are refused by name', async () => {
    const client = await fleet.join('node-a');
    const refused = (body: Parameters<MediaClient['request']>[0], code: string) =>
      expect(client.request(body)).rejects.toMatchObject({ code });
    await refused({ type: 'consumer_ready', consumer_id: 'nope' }, 'unknown_consumer');
    await refused({ type: 'consumer_shown', consumer_id: 'nope' }, 'unknown_consumer');
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
    // It reads what is left in the socket first, one message after the other.
    await until('the close', () => client.closeCode !== null, 30_000);
  });
});
