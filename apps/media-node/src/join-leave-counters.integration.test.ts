import { setTimeout as sleep } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { streamId } from '@meridian/protocol';
import fc from 'fast-check';
import * as mediasoup from 'mediasoup';
import type { Router, Worker } from 'mediasoup/types';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalChannel } from './data/local-channel.ts';
import { RemoteChannel } from './data/remote-channel.ts';
import { RelayedStream } from './relay/relayed-stream.ts';
import { LocalPublication } from './sfu/local-publication.ts';
import { Peer } from './sfu/peer.ts';
import { Reception } from './subscription/reception.ts';
import { Subscriber } from './subscription/subscriber.ts';
import { TestFleet } from './testing/fleet.ts';
import type { MediaClient } from './testing/media-client.ts';
import { until } from './testing/until.ts';

const NODES = ['node-a', 'node-b'];
const CYCLES = 200;
/** How many come and go at the same time. */
const AT_ONCE = 5;
/** Everything that lingers for somebody who may come back is gone by then. */
const SETTLED = 25_000;

let fleet: TestFleet;
const routers = new Map<Worker, Set<Router>>();
const onWorker = (worker: Worker) => {
  const open = new Set<Router>();
  routers.set(worker, open);
  worker.observer.on('newrouter', (router) => {
    open.add(router);
    router.observer.once('close', () => open.delete(router));
  });
};

beforeEach(async () => {
  routers.clear();
  mediasoup.observer.on('newworker', onWorker);
  // Two workers of each node, and so small that a meeting needs both.
  fleet = await TestFleet.start(25200, NODES, { WORKERS: '2', WORKER_STREAMS: '1' });
});
afterEach(async () => {
  mediasoup.observer.off('newworker', onWorker);
  await fleet.close();
});

type Member = { participantId: string; sessionId: string };

/** Everything there is, counted by the workers themselves where they can and by the node where not. */
async function counts(): Promise<Record<string, number>> {
  const total: Record<string, number> = {};
  const add = (name: string, count: number) => {
    total[name] = (total[name] ?? 0) + count;
  };
  for (const open of routers.values()) {
    add('routers', open.size);
    for (const router of open) {
      const dump = await router.dump();
      add('transports', dump.transportIds.length);
      add('observers', dump.rtpObserverIds.length);
      add('producers', dump.mapProducerIdConsumerIds.length);
      add('consumers', dump.mapConsumerIdProducerId.length);
      add(
        'watched',
        dump.mapProducerIdObserverIds.reduce((sum, { values }) => sum + values.length, 0),
      );
      add('data producers', dump.mapDataProducerIdDataConsumerIds.length);
      add('data consumers', dump.mapDataConsumerIdDataProducerId.length);
    }
  }
  for (const id of NODES) {
    const { pool, meetings, socketCount } = fleet.node(id);
    add('sockets', socketCount);
    for (const worker of pool.workers) {
      const dump = await worker.webRtcServer.dump();
      add('webrtc transports', dump.webRtcTransportIds.length);
      add('ice fragments', dump.localIceUsernameFragments.length);
      add('seats', worker.seats);
      for (const [type, count] of worker.counts.transports) add(`${type} transports`, count);
    }
    add('meetings', meetings.all.length);
    for (const meeting of meetings.all) {
      add('peers', meeting.peers.length);
      add('streams', [...meeting.streams.all()].length);
      add('channels', meeting.data.size);
      add('relays', meeting.relay.connected);
      add('pipes between workers', meeting.routers.pipes.size);
      for (const emitter of [meeting.streams, meeting.data, meeting.speakers]) {
        for (const event of emitter.eventNames()) add('listeners', emitter.listenerCount(event));
      }
    }
  }
  add('room links', fleet.room.links.size);
  return total;
}

/** How many objects of the node's classes are still referred to from anywhere. */
function liveObjects(): Record<string, number> {
  const classes = [Peer, Subscriber, Reception, LocalPublication, RelayedStream, LocalChannel, RemoteChannel];
  return Object.fromEntries(classes.map((one) => [one.name, queryObjects(one, { format: 'count' })]));
}

/** Fails with the counts that differ. */
async function waitForCounts(before: Record<string, number>, seed: number): Promise<void> {
  const deadline = performance.now() + SETTLED;
  for (;;) {
    const now = await counts();
    const different = Object.keys(now).filter((key) => now[key] !== (before[key] ?? 0));
    if (different.length === 0) return;
    if (performance.now() > deadline) expect({ seed, ...now }).toMatchObject({ seed, ...before });
    await sleep(500);
  }
}

async function comes(node: string, member: Member): Promise<MediaClient> {
  const client = await fleet.join(node, member);
  await client.publish('microphone');
  await client.publish('camera');
  await client.openChannel('cursor');
  return client;
}

/** Waits until a client has been told of a stream, then receives it. */
async function follows(client: MediaClient, stream: string): Promise<void> {
  await until('the stream', () =>
    [...client.welcome.streams, ...client.all('stream_available').map((one) => one.stream)].some(
      ({ stream_id }) => stream_id === stream,
    ),
  );
  await client.flows(await client.receive(stream));
}

type Way = {
  node: string;
  leaves: 'says goodbye' | 'vanishes' | 'loses its socket' | 'comes back elsewhere';
};

async function visit({ node, leaves }: Way, host: Member): Promise<void> {
  const member = fleet.member();
  let client = await comes(node, member);
  await client.watch(1, [streamId(host.participantId, 'camera')]);
  await follows(client, streamId(host.participantId, 'microphone'));
  await follows(client, streamId(host.participantId, 'camera'));
  await client.listen('cursor', host.participantId);
  if (client.sender !== null) client.sender.level = -20;
  await client.request({ type: 'pause', source: 'microphone' });
  await client.request({ type: 'resume', source: 'microphone' });
  if (leaves === 'comes back elsewhere') {
    const other = client;
    client = await comes(NODES.find((id) => id !== node) ?? node, member);
    other.loseSocket();
    other.closeTransports();
  }
  if (leaves === 'vanishes' || leaves === 'loses its socket') client.loseSocket();
  if (leaves === 'vanishes') client.closeTransports();
  else if (leaves === 'loses its socket') {
    client = await comes(node, member);
    client.close();
  } else client.close();
  fleet.remove(member);
}

test('everything is as it was after many have come and gone', { timeout: 180_000 }, async () => {
  const [ada, ben] = [fleet.member(), fleet.member()];
  const stay = [await comes('node-a', ada), await comes('node-b', ben)];
  await fleet.publishState();
  for (const [client, other] of [
    [stay[0], ben],
    [stay[1], ada],
  ] as const) {
    await client?.watch(1, [streamId(other.participantId, 'camera')]);
    if (client !== undefined) await follows(client, streamId(other.participantId, 'camera'));
    await client?.receive(streamId(other.participantId, 'microphone'));
  }
  await until('the channels', () => stay.every((client) => client.all('data_consumer').length === 1));

  const seed = Math.floor(Math.random() * 2 ** 31);
  const way = fc.record<Way>({
    node: fc.constantFrom(...NODES),
    leaves: fc.oneof(
      { weight: 2, arbitrary: fc.constant('says goodbye' as const) },
      { weight: 2, arbitrary: fc.constant('vanishes' as const) },
      { weight: 1, arbitrary: fc.constantFrom('loses its socket', 'comes back elsewhere') },
    ),
  });
  const ways = fc.sample(way, { seed, numRuns: CYCLES });
  const run = async (some: Way[]) => {
    const queue = [...some];
    const guest = async () => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) await visit(next, ada);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, guest));
  };
  const [before, objects] = [await counts(), liveObjects()];
  await run(ways);
  await waitForCounts(before, seed);
  expect({ seed, ...liveObjects() }).toEqual({ seed, ...objects });
});
