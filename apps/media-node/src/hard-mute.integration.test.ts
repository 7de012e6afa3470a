import { setTimeout as sleep } from 'node:timers/promises';
import { streamId } from '@meridian/protocol';
import * as mediasoup from 'mediasoup';
import type { Consumer } from 'mediasoup/types';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TestFleet } from './testing/fleet.ts';
import type { MediaClient } from './testing/media-client.ts';
import { until } from './testing/until.ts';

/** Everybody on a worker of their own, as long as there are any. */
const SPREAD = { WORKERS: '2', WORKER_STREAMS: '1' };
/** Long enough for 50 packets of each stream. */
const SILENCE = 1_000;

/** What the mediasoup workers complain of. */
const complaints: string[] = [];
beforeAll(() => {
  mediasoup.setLogEventListeners({
    onwarn: (namespace, text) => complaints.push(`${namespace} ${text}`),
    onerror: (namespace, text) => complaints.push(`${namespace} ${text}`),
  });
});
afterAll(() => mediasoup.setLogEventListeners());

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await TestFleet.start(24_300, ['node-a', 'node-b'], SPREAD);
  complaints.length = 0;
});
afterEach(() => fleet.close());

type Person = { member: ReturnType<TestFleet['member']>; client: MediaClient; consumers: Consumer[] };

async function join(node: string): Promise<Person> {
  const member = fleet.member();
  const client = await fleet.join(node, member);
  const consumers: Consumer[] = [];
  const peer = peerOf(node, member.participantId);
  peer?.recvTransport.observer.on('newconsumer', (consumer) => consumers.push(consumer));
  return { member, client, consumers };
}

function peerOf(node: string, participantId: string) {
  return fleet
    .node(node)
    .meetings.all.flatMap(({ peers }) => peers)
    .find(({ claims }) => claims.sub === participantId);
}

async function packetsOf(consumers: readonly Consumer[]): Promise<number> {
  let packets = 0;
  for (const consumer of consumers) {
    for (const stat of await consumer.getStats()) {
      if (stat.type === 'outbound-rtp') packets += stat.packetCount;
    }
  }
  return packets;
}

/** Somebody who publishes, and receivers beside them, on another worker, and at another node. */
async function meeting() {
  const speaker = await join('node-a');
  const receivers = [await join('node-a'), await join('node-a'), await join('node-b')];
  await fleet.publishState();
  await until('the relay', () =>
    ['node-a', 'node-b'].every((node) => fleet.node(node).meetings.all[0]?.relay.connected === 1),
  );
  const workers = [speaker, ...receivers.slice(0, 2)].map(
    ({ member }) => peerOf('node-a', member.participantId)?.worker.index,
  );
  expect(new Set(workers).size).toBe(2);
  await speaker.client.publish('microphone');
  await speaker.client.publish('camera');
  const [microphone, camera] = [
    streamId(speaker.member.participantId, 'microphone'),
    streamId(speaker.member.participantId, 'camera'),
  ];
  const flows = receivers.map(async ({ client }) => {
    await until('the camera', () =>
      client.all('stream_available').some((m) => m.stream.stream_id === camera),
    );
    await client.watch(1, [camera]);
    const received = [await client.receive(microphone), await client.receive(camera)];
    for (const consumer of received) await client.flows(consumer);
    return { client, received };
  });
  return { speaker, receivers, microphone, camera, flows: await Promise.all(flows) };
}

describe('a client that keeps sending after a hard mute', () => {
  test('delivers no packet, to nobody, wherever they are', async () => {
    const { speaker, receivers, flows } = await meeting();
    const { sessionId, participantId } = speaker.member;
    await fleet.publishState({ hardMuted: new Map([[sessionId, ['microphone', 'camera']]]) });
    await until('the mute', () =>
      receivers.every(
        ({ client }) => client.all('stream_updated').filter((m) => m.stream.paused).length === 2,
      ),
    );
    // What was on its way when the word came.
    await sleep(200);
    const arrived = () =>
      flows.flatMap(({ client, received }) => received.map((consumer) => client.packets(consumer)));
    const sent = () => Promise.all(receivers.map(({ consumers }) => packetsOf(consumers)));
    const incoming = async () => {
      const [stat] = (await peerOf('node-a', participantId)?.sendTransport.getStats()) ?? [];
      return stat?.bytesReceived ?? 0;
    };
    const before = { arrived: arrived(), sent: await sent(), incoming: await incoming() };
    expect(Math.min(...before.sent)).toBeGreaterThan(0);
    // The client does what it can to be heard.
    await speaker.client.request({ type: 'resume', source: 'microphone' });
    await sleep(SILENCE);
    expect(await incoming()).toBeGreaterThan(before.incoming + 10_000);
    expect({ arrived: arrived(), sent: await sent() }).toEqual({
      arrived: before.arrived,
      sent: before.sent,
    });
    // It was not that nothing worked any more.
    await fleet.publishState();
    for (const { client, received } of flows) for (const consumer of received) await client.flows(consumer);
  });
});

test('streams come and go without complaints of the workers', async () => {
  const { speaker, receivers, microphone } = await meeting();
  await speaker.client.request({ type: 'close_producer', source: 'microphone' });
  await speaker.client.request({ type: 'close_producer', source: 'camera' });
  await until('the streams to end', () =>
    receivers.every(({ client }) => client.all('consumer_closed').length === 2),
  );
  const { generation } = await speaker.client.publish('microphone');
  for (const { client } of receivers) await client.flows(await client.receive(microphone, generation));
  const [beside, across] = receivers;
  across?.client.close();
  beside?.client.close();
  speaker.client.close();
  await until('all to have left', () => fleet.node('node-a').meetings.participants === 0);
  await until('nothing', () => fleet.node('node-a').pool.workers.every(({ counts }) => counts.streams === 0));
  expect(complaints).toEqual([]);
});
