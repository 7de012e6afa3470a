import { randomUUID } from 'node:crypto';
import { MeridianError, streamId } from '@meridian/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RELAY } from '../config.ts';
import { StreamDirectory } from '../sfu/stream-directory.ts';
import { IncomingStreams } from './incoming-streams.ts';
import type { RelayBody } from './relay-message.ts';
import { RelayedStreams } from './relayed-streams.ts';

const participant = randomUUID();
const voice = streamId(participant, 'microphone');
const logger = pino({ level: 'silent' });

/** A link to the neighbour `hub`, whose socket breaks and comes back as told. */
function link() {
  const directory = new StreamDirectory();
  const sent: RelayBody[] = [];
  let connected = true;
  const incoming = new IncomingStreams({
    self: 'here',
    nodeId: 'hub',
    streams: new RelayedStreams({ streams: directory, parent: () => 'hub', logger }),
    path: () => null,
    connected: () => connected,
    send: (body) => {
      if (connected) sent.push(body);
    },
    logger,
  });
  incoming.handle({
    v: 1,
    type: 'relay_stream_available',
    stream: {
      ...{ stream_id: voice, generation: 1, participant_id: participant, source: 'microphone' },
      ...{ codec: 'audio/opus', layers: [], paused: false },
    },
    origin: 'origin',
    path: ['origin', 'hub'],
  });
  return {
    incoming,
    asked: () => sent.flatMap((body) => (body.type === 'relay_subscribe' ? [body.ref] : [])),
    /** Somebody here wants to hear it; resolves with what came of that. */
    acquire: async () => {
      try {
        await directory.latest(voice)?.acquire();
        return 'there';
      } catch (error) {
        return error instanceof MeridianError ? error.message : error;
      }
    },
    breaks: () => {
      connected = false;
      incoming.detached();
    },
    isBack: () => {
      connected = true;
      incoming.attached();
    },
  };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a stream that is wanted while the socket is away is asked for as soon as that is back', async () => {
  const { acquire, asked, breaks, isBack, incoming } = link();
  breaks();
  const outcome = acquire();
  await vi.advanceTimersByTimeAsync(RELAY.requestTimeout - 1_000);
  expect(asked()).toEqual([]);
  isBack();
  await settle();
  expect(asked()).toHaveLength(1);
  incoming.refuse(asked()[0], new MeridianError('unknown_stream', 'not here'));
  expect(await outcome).toBe('not here');
});

test('and asked for again when the answer was lost with a socket', async () => {
  const { acquire, asked, breaks, isBack, incoming } = link();
  const outcome = acquire();
  await settle();
  breaks();
  await settle();
  isBack();
  await settle();
  // The old one goes before the link knows of it.
  isBack();
  await settle();
  expect(asked()).toHaveLength(3);
  incoming.refuse(asked()[2], new MeridianError('unknown_stream', 'not here'));
  expect(await outcome).toBe('not here');
});

test('but waited for no longer than an answer may take', async () => {
  const { acquire, asked, breaks } = link();
  breaks();
  const outcome = acquire();
  await vi.advanceTimersByTimeAsync(RELAY.requestTimeout);
  expect(await outcome).toContain('the relay link');
  expect(asked()).toEqual([]);
});

test.each(['before', 'after'])('nor when the link is given up, %s it was asked for', async (when) => {
  const { acquire, breaks, incoming } = link();
  if (when === 'before') breaks();
  const outcome = acquire();
  await settle();
  if (when === 'after') breaks();
  incoming.close();
  expect(await outcome).toMatch(/^the relay (link is down|socket is gone)$/);
  expect(vi.getTimerCount()).toBe(0);
});
