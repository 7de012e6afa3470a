import { setTimeout as sleep } from 'node:timers/promises';
import { CLOSE, producerId, streamId } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RELAY, VIDEO } from '../config.ts';
import { TestFleet } from '../testing/fleet.ts';
import { MediaClient } from '../testing/media-client.ts';
import { until } from '../testing/until.ts';
import { RelayedStream } from './relayed-stream.ts';

let fleet: TestFleet;
const alice = { participantId: '', sessionId: '' };
let onA: MediaClient;
let onB: MediaClient;

beforeEach(async () => {
  fleet = await TestFleet.start(23200, ['node-a', 'node-b']);
  Object.assign(alice, fleet.member());
  onA = await fleet.join('node-a', alice);
  onB = await fleet.join('node-b');
  await fleet.publishState();
  await until(
    'the relay',
    () => meeting('node-a')?.relay.connected === 1 && meeting('node-b')?.relay.connected === 1,
  );
});
afterEach(() => fleet.close());

const meeting = (node: string) => fleet.node(node).meetings.all[0];
const microphone = () => streamId(alice.participantId, 'microphone');
const camera = () => streamId(alice.participantId, 'camera');

/** Somebody at node A with a camera of three layers. */
async function publishSimulcast() {
  const publisher = fleet.member();
  const simulcast = await MediaClient.join(fleet.url('node-a'), await fleet.token(publisher), 3);
  fleet.track(simulcast);
  await simulcast.publish('camera');
  return { simulcast, shown: streamId(publisher.participantId, 'camera') };
}

describe('a stream of another node', () => {
  test('is announced, pulled on demand, and let go when nobody watches', async () => {
    await onA.publish('microphone');
    await onA.publish('camera');
    await onB.flows(await onB.receive(microphone()));
    await until('the camera to be announced', () =>
      onB.all('stream_available').some(({ stream }) => stream.stream_id === camera()),
    );
    const relayed = () => {
      const publication = meeting('node-b')?.streams.latest(camera());
      if (!(publication instanceof RelayedStream)) throw new Error('not relayed');
      return publication;
    };
    expect(relayed().pulled).toBe(false);
    await onB.watch(1, [camera()]);
    await onB.flows(await onB.receive(camera()));
    expect(relayed().pulled).toBe(true);
    await onB.watch(2, []);
    await sleep(VIDEO.spareFor + RELAY.demandLinger - 500);
    expect(relayed().pulled).toBe(true);
    await until('the stream to be let go', () => !relayed().pulled, 2_000);
    expect(relayed().closed).toBe(false);
    await onB.watch(3, [camera()]);
    await until(
      'the stream to come back',
      () => onB.all('consumer').filter((c) => c.stream_id === camera()).length === 2,
    );
  });

  test('pauses, resumes and ends with its origin', async () => {
    await onA.publish('microphone', true);
    await until('the announcement', () => onB.all('stream_available').length === 1);
    expect(onB.all('stream_available')[0]?.stream.paused).toBe(true);
    const consumer = await onB.receive(microphone());
    await sleep(200);
    expect(onB.packets(consumer)).toBe(0);
    await onA.request({ type: 'resume', source: 'microphone' });
    await onB.flows(consumer);
    await onA.request({ type: 'pause', source: 'microphone' });
    await until('the pause', () => onB.all('stream_updated').at(-1)?.stream.paused === true);
    await onA.request({ type: 'close_producer', source: 'microphone' });
    await until('the removal', () => onB.all('stream_removed').length === 1);
    await until('the consumer to close', () => onB.all('consumer_closed').length === 1);
  });

  test('comes in the next layer while one does not leave its sender', async () => {
    const { simulcast, shown } = await publishSimulcast();
    await until('the camera to be announced', () =>
      onB.all('stream_available').some(({ stream }) => stream.stream_id === shown),
    );
    await onB.watch(1, [shown], { width: 1280, height: 720 });
    await onB.flows(await onB.receive(shown));
    const layer = () => onB.all('layers').at(-1)?.current?.spatial;
    for (const layers of [2, 3]) {
      await simulcast.request({ type: 'layers_flowing', source: 'camera', layers });
      await until(`layer ${layers - 1}`, () => layer() === layers - 1);
    }
    await simulcast.request({ type: 'layers_flowing', source: 'camera', layers: 1 });
    await until('the lowest', () => layer() === 0);
    expect(onB.all('consumer')).toHaveLength(1);
    expect(simulcast.all('publish_layers').at(-1)?.layers).toBe(3);
  });

  test('is replaced when its publisher moves to the node that relayed it', async () => {
    const first = await onA.publish('microphone');
    const carol = await fleet.join('node-a');
    const old = await onB.receive(microphone());
    const oldAtCarol = await carol.receive(microphone());
    await onB.flows(old);
    const moved = await fleet.join('node-b', alice);
    const second = await moved.publish('microphone');
    expect(second.generation).toBeGreaterThan(first.generation);
    const fresh = await onB.receive(microphone(), second.generation);
    expect(fresh.replaces).toBe(old.consumer_id);
    await onB.flows(fresh);
    // Its last packets may still be on their way.
    expect(onB.all('consumer_closed')).toEqual([]);
    const freshAtCarol = await carol.receive(microphone(), second.generation);
    expect(freshAtCarol.replaces).toBe(oldAtCarol.consumer_id);
    await carol.flows(freshAtCarol);
    await until('the old consumer to close', () =>
      onB.all('consumer_closed').some((closed) => closed.consumer_id === old.consumer_id),
    );
  });
});

describe('the relay socket', () => {
  test('may blink: media goes on over the same pipe', async () => {
    const { generation } = await onA.publish('microphone');
    const consumer = await onB.receive(microphone());
    await onB.flows(consumer);
    fleet.relayWires.get('node-b')?.cut();
    await until('the loss', () => meeting('node-a')?.relay.connected === 0);
    await onB.flows(consumer);
    await until('the relay again', () => meeting('node-a')?.relay.connected === 1);
    await sleep(RELAY.resync + 200);
    await onB.flows(consumer);
    expect(onB.all('consumer_closed')).toEqual([]);
    expect(meeting('node-b')?.streams.find(microphone(), generation)?.closed).toBe(false);
  });

  test('brings the layers that flow up to date', async () => {
    const { simulcast, shown } = await publishSimulcast();
    const flowing = () => meeting('node-b')?.streams.latest(shown)?.flowing;
    await simulcast.request({ type: 'layers_flowing', source: 'camera', layers: 1 });
    await until('one layer', () => flowing() === 1);
    fleet.relayWires.get('node-b')?.cut();
    await until('the loss', () => meeting('node-a')?.relay.connected === 0);
    await simulcast.request({ type: 'layers_flowing', source: 'camera', layers: 3 });
    await until('all', () => flowing() === Number.POSITIVE_INFINITY);
  });

  test('brings streams that changed meanwhile up to date', async () => {
    await onA.publish('microphone');
    await onB.flows(await onB.receive(microphone()));
    await onA.publish('camera');
    fleet.relayWires.get('node-b')?.cut();
    await onA.request({ type: 'close_producer', source: 'microphone' });
    await until('the relay again', () => meeting('node-a')?.relay.connected === 1);
    await until('the removal', () =>
      onB.all('stream_removed').some(({ stream_id }) => stream_id === microphone()),
    );
    await onB.watch(1, [camera()]);
    await onB.flows(await onB.receive(camera()));
  });
});

test('a relay that stays away is given up after its grace', { timeout: 30_000 }, async () => {
  await onA.publish('microphone');
  const consumer = await onB.receive(microphone());
  await onB.flows(consumer);
  fleet.relayWires.get('node-b')?.close();
  await sleep(RELAY.socketGrace - 2_000);
  await onB.flows(consumer);
  await until('the removal', () => onB.all('stream_removed').length === 1);
  expect(onB.all('consumer_closed')).toHaveLength(1);
  expect(onB.closeCode).toBeNull();
});

describe('the death of the worker that streams of other nodes go through', () => {
  /** The only worker of the node, replaced at once. */
  const killWorker = async (node: string) => {
    const { pool } = fleet.node(node);
    const [worker] = pool.workers;
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    await until('another worker', () => pool.complete && pool.workers[0] !== worker);
  };

  test.each([
    ['receives', 'node-b'],
    ['sends', 'node-a'],
  ])('at the node that %s: over a new pipe people hear each other again', async (_what, node) => {
    const bob = { participantId: '', sessionId: '' };
    Object.assign(bob, fleet.member());
    onB.close();
    onB = await fleet.join('node-b', bob);
    await onA.publish('microphone');
    await onB.publish('microphone');
    await onB.flows(await onB.receive(microphone()));
    await onA.flows(await onA.receive(streamId(bob.participantId, 'microphone')));
    const from = performance.now();
    const [lost, member] = node === 'node-a' ? [onA, alice] : [onB, bob];
    await killWorker(node);
    expect(await lost.closed()).toBe(CLOSE.mediaLost);
    const again = await fleet.join(node, member);
    const { generation } = await again.publish('microphone');
    const [there, theirs] = node === 'node-a' ? [onB, bob] : [onA, alice];
    await again.flows(await again.receive(streamId(theirs.participantId, 'microphone')));
    await there.flows(await there.receive(streamId(member.participantId, 'microphone'), generation));
    expect(performance.now() - from).toBeLessThan(3_000);
    expect(there.closeCode).toBeNull();
  });
});

test('a node that is not of the mesh any more is let go', async () => {
  const { generation } = await onA.publish('microphone');
  await onB.receive(microphone());
  const state = fleet.room.state;
  if (state === null) throw new Error('no state');
  const { v: _v, type: _type, ...body } = state;
  fleet.room.setState({
    ...body,
    version: body.version + 1,
    mesh: body.mesh.filter((m) => m.node_id !== 'node-b'),
  });
  await until(
    'the relay to end',
    () => meeting('node-a')?.relay.connected === 0 && meeting('node-b')?.relay.connected === 0,
  );
  await until('the removal', () => onB.all('stream_removed').length === 1);
  expect(producerId(microphone(), generation)).toContain(alice.participantId);
  // Its grant is good for an hour, and the room's word outlasts it.
  await sleep(3 * RELAY.redialMax);
  expect(meeting('node-a')?.relay.connected).toBe(0);
});
