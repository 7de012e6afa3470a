import { setTimeout as sleep } from 'node:timers/promises';
import { CLOSE, streamId } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SFU, VIDEO } from './config.ts';
import { TestFleet } from './testing/fleet.ts';
import type { MediaClient } from './testing/media-client.ts';
import { until } from './testing/until.ts';

/** So small a worker that everybody who comes goes to the one that has fewest. */
const SPREAD = { WORKERS: '2', WORKER_STREAMS: '1' };

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await TestFleet.start(23800, ['node-a'], SPREAD);
});
afterEach(() => fleet.close());

const meeting = () => fleet.node('node-a').meetings.all[0];
const pool = () => fleet.node('node-a').pool;
const workerOf = (participantId: string) =>
  meeting()?.peers.find((peer) => peer.claims.sub === participantId && peer.attached)?.worker;

/** Producers and consumers in all workers, by mediasoup's own count. */
const streams = () => pool().workers.reduce((sum, worker) => sum + worker.counts.streams, 0);
const transports = (type: string) =>
  pool().workers.reduce((sum, worker) => sum + (worker.counts.transports.get(type) ?? 0), 0);

type Person = { participantId: string; sessionId: string; client: MediaClient };
async function join(): Promise<Person> {
  const member = fleet.member();
  return { ...member, client: await fleet.join('node-a', member) };
}
const microphone = ({ participantId }: Person) => streamId(participantId, 'microphone');
const camera = ({ participantId }: Person) => streamId(participantId, 'camera');

describe('a meeting on two workers', () => {
  test('people on either hear and see each other', async () => {
    const [alice, bob] = [await join(), await join()];
    expect(workerOf(alice.participantId)?.index).not.toBe(workerOf(bob.participantId)?.index);
    for (const [from, to] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      await from.client.publish('microphone');
      await from.client.publish('camera');
      await to.client.flows(await to.client.receive(microphone(from)));
      await until('the camera', () =>
        to.client.all('stream_available').some(({ stream }) => stream.stream_id === camera(from)),
      );
      await to.client.watch(1, [camera(from)]);
      await to.client.flows(await to.client.receive(camera(from)));
    }
    // One pipe carries both directions.
    expect(transports('pipe')).toBe(2);
  });

  test('a mute travels, by the owner and by a host', async () => {
    const [alice, bob] = [await join(), await join()];
    await alice.client.publish('microphone');
    const consumer = await bob.client.receive(microphone(alice));
    await bob.client.flows(consumer);
    const silent = async () => {
      await until('the pause', () => bob.client.all('stream_updated').at(-1)?.stream.paused === true);
      await sleep(100);
      const before = bob.client.packets(consumer);
      await sleep(300);
      expect(bob.client.packets(consumer)).toBe(before);
    };
    await alice.client.request({ type: 'pause', source: 'microphone' });
    await silent();
    await alice.client.request({ type: 'resume', source: 'microphone' });
    await bob.client.flows(consumer);
    await fleet.publishState({ hardMuted: new Map([[alice.sessionId, ['microphone']]]) });
    await silent();
    await fleet.publishState();
    await bob.client.flows(consumer);
  });

  test('a stream published muted is muted on the other worker', async () => {
    const [alice, bob] = [await join(), await join()];
    await alice.client.publish('microphone', true);
    const consumer = await bob.client.receive(microphone(alice));
    await sleep(300);
    expect(bob.client.packets(consumer)).toBe(0);
    await alice.client.request({ type: 'resume', source: 'microphone' });
    await bob.client.flows(consumer);
  });

  test('a stream crosses once for all, and no longer than somebody there wants it', async () => {
    const people = [await join(), await join(), await join(), await join()];
    const [alice] = people;
    if (alice === undefined) return;
    const others = people.filter(
      (person) => workerOf(person.participantId) !== workerOf(alice.participantId),
    );
    expect(others).toHaveLength(2);
    await alice.client.publish('camera');
    expect(streams()).toBe(1);
    for (const { client } of others) {
      await until('the camera', () => client.all('stream_available').length === 1);
      await client.watch(1, [camera(alice)]);
      await client.flows(await client.receive(camera(alice)));
    }
    // Two receivers, and one consumer and one producer that carry it across.
    expect(streams()).toBe(1 + 2 + 2);
    const [first, second] = others;
    first?.client.close();
    await until('the first to leave', () => streams() === 1 + 1 + 2);
    await sleep(SFU.pipeLinger + 200);
    expect(streams()).toBe(1 + 1 + 2);
    await second?.client.watch(2, []);
    await until('the last receiver to end', () => streams() === 1 + 2, VIDEO.spareFor + 1_000);
    await until('the pipe to be let go', () => streams() === 1 && transports('pipe') === 0);
    expect(meeting()?.routers.pipes.size).toBe(0);
    await second?.client.watch(3, [camera(alice)]);
    await until('the camera again', () => second?.client.all('consumer').length === 2);
  });

  test('a stream that ends, ends everywhere', async () => {
    const [alice, bob] = [await join(), await join()];
    await alice.client.publish('microphone');
    await bob.client.flows(await bob.client.receive(microphone(alice)));
    await alice.client.request({ type: 'close_producer', source: 'microphone' });
    await until('the removal', () => bob.client.all('stream_removed').length === 1);
    await until('the consumer to close', () => bob.client.all('consumer_closed').length === 1);
    await until('nothing', () => streams() === 0 && transports('pipe') === 0);
  });

  test('publishing again replaces the stream on the other worker without a gap', async () => {
    const [alice, bob] = [await join(), await join()];
    const first = await alice.client.publish('microphone');
    const old = await bob.client.receive(microphone(alice));
    await bob.client.flows(old);
    // Over new transports, as after a change of networks.
    const again = await fleet.join('node-a', alice);
    const second = await again.publish('microphone');
    const fresh = await bob.client.receive(microphone(alice), second.generation);
    expect(second.generation).toBeGreaterThan(first.generation);
    expect(fresh.replaces).toBe(old.consumer_id);
    await bob.client.flows(fresh);
    await until('the old consumer to close', () =>
      bob.client.all('consumer_closed').some(({ consumer_id }) => consumer_id === old.consumer_id),
    );
    await bob.client.flows(fresh);
  });

  test('many who start to watch at once cost the publisher a key frame a second at most', async () => {
    const alice = await join();
    await alice.client.publish('camera');
    const viewers = await Promise.all(Array.from({ length: 6 }, join));
    expect(new Set(viewers.map(({ participantId }) => workerOf(participantId))).size).toBe(2);
    const from = performance.now();
    await Promise.all(
      viewers.map(async ({ client }) => {
        await client.watch(1, [camera(alice)]);
        await client.flows(await client.receive(camera(alice)));
      }),
    );
    const [publication] = meeting()?.streams.local() ?? [];
    const lease = await publication?.acquire();
    const asked = (await lease?.producer.getStats())?.reduce(
      (sum, { pliCount, firCount }) => sum + pliCount + firCount,
      0,
    );
    const seconds = (performance.now() - from) / 1_000;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(Math.floor(seconds) + 1);
  });

  test('when all have left nothing is left', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, join));
    expect(new Set(people.map(({ participantId }) => workerOf(participantId)?.index)).size).toBe(2);
    await Promise.all(people.map(({ client }) => client.publish('microphone')));
    await until('all consumers', () => people.every(({ client }) => client.all('consumer').length === 5));
    for (const { client } of people) client.close();
    await until('all to be gone', () =>
      pool().workers.every(({ counts, seats }) => counts.routers + counts.streams + seats === 0),
    );
    expect([transports('webrtc'), transports('pipe')]).toEqual([0, 0]);
    expect(meeting()?.routers.workers).toEqual([]);
  });
});

test('meetings stay on one worker while it has room', async () => {
  await fleet.close();
  fleet = await TestFleet.start(23800, ['node-a'], { WORKERS: '2' });
  const people = [await join(), await join(), await join()];
  expect(new Set(people.map(({ participantId }) => workerOf(participantId))).size).toBe(1);
});

describe('the death of a worker', () => {
  test('its people are back within 3 s, the others stay and get the streams again', async () => {
    const three = [await join(), await join(), await join()];
    // Two of them share a worker; which, is a matter of how busy the workers are just now.
    const worker = three.map(({ participantId }) => workerOf(participantId));
    const alone = worker.findIndex((one) => worker.filter((other) => other === one).length === 1);
    const [bob, alice, carol] = [three[alone], ...three.filter((_, index) => index !== alone)];
    if (!bob || !alice || !carol) throw new Error('all are on one worker');
    for (const person of [alice, bob, carol]) await person.client.publish('microphone');
    await bob.client.flows(await bob.client.receive(microphone(alice)));
    await alice.client.flows(await alice.client.receive(microphone(bob)));
    const bobAtCarol = await carol.client.receive(microphone(bob));
    await carol.client.flows(bobAtCarol);
    const carolAtAlice = await alice.client.receive(microphone(carol));
    await alice.client.flows(carolAtAlice);

    const doomed = workerOf(bob.participantId);
    const from = performance.now();
    process.kill(doomed?.pid ?? 0, 'SIGKILL');
    expect(await bob.client.closed()).toBe(CLOSE.mediaLost);
    await until('the removal', () => alice.client.all('stream_removed').length === 1);
    expect(alice.client.all('stream_removed')[0]?.stream_id).toBe(microphone(bob));

    const again = { ...bob, client: await fleet.join('node-a', bob) };
    const { generation } = await again.client.publish('microphone');
    await again.client.flows(await again.client.receive(microphone(alice)));
    await alice.client.flows(await alice.client.receive(microphone(bob), generation));
    expect(performance.now() - from).toBeLessThan(3_000);

    // Nothing happened between the two on the other worker.
    expect([alice.client.closeCode, carol.client.closeCode]).toEqual([null, null]);
    expect(alice.client.all('consumer_closed').map(({ stream_id }) => stream_id)).toEqual([microphone(bob)]);
    await alice.client.flows(carolAtAlice);
    await until('the worker to be replaced', () => pool().complete);
    expect(pool().deaths).toBe(1);
  });
});
