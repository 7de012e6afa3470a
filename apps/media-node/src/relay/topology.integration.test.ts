import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { RELAY } from '../config.ts';
import { LINKS, link, useTwoRegions } from '../testing/two-regions.ts';
import { until } from '../testing/until.ts';

const {
  fleet,
  alice,
  meeting,
  connected,
  microphone,
  camera,
  join,
  linked,
  relayed,
  watch,
  longestGap,
  followCamera,
} = useTwoRegions(26200);

describe('the topology', () => {
  test('may change under a stream that flows', async () => {
    const publisher = await join('hub-a', alice);
    const far = await join('leaf-b');
    await linked();
    await publisher.publish('camera');
    const first = await watch(far, 1);
    expect(relayed('leaf-b').route.path).toEqual(['hub-a', 'hub-b']);
    const settled = followCamera(far, first);
    const gap = await longestGap(far, async () => {
      await linked(
        [...LINKS, link('leaf-a', 'leaf-b')].filter(({ a, b }) => !(a === 'hub-b' && b === 'leaf-b')),
      );
      await until('the other way', () => relayed('leaf-b').feed?.from === 'leaf-a');
      await sleep(RELAY.handover + 1_000);
    });
    expect(relayed('leaf-b').route.path).toEqual(['hub-a', 'leaf-a']);
    await settled();
    expect(gap).toBeLessThan(200);
    expect(far.all('stream_removed')).toEqual([]);
    await until(
      'nothing to be left at the hub',
      () => fleet().node('hub-b').pool.workers[0]?.counts.streams === 0,
    );
  });

  test('goes around a hub that is let go of, which waits for that before it is gone', async () => {
    const publisher = await join('hub-a', alice);
    const far = await join('leaf-b');
    await linked();
    await publisher.publish('camera');
    const settled = followCamera(far, await watch(far, 1));
    expect(relayed('leaf-b').route.path).toEqual(['hub-a', 'hub-b']);
    let comesFrom: string | undefined;
    const stopped = fleet()
      .node('hub-b')
      .drain(60_000)
      .then(() => {
        comesFrom = relayed('leaf-b').feed?.from;
        return fleet().node('hub-b').close();
      });
    fleet().room.dismissed.add('hub-b');
    const gap = await longestGap(far, async () => {
      await fleet().publishState({ links: [link('hub-a', 'leaf-a'), link('hub-a', 'leaf-b')] });
      await stopped;
    });
    await settled();
    expect(comesFrom).toBe('hub-a');
    expect(gap).toBeLessThan(200);
    expect(far.all('stream_removed')).toEqual([]);
  });

  test('goes around a hub that is lost', async () => {
    const publisher = await join('hub-a', alice);
    const far = await join('leaf-b');
    await linked();
    await publisher.publish('camera');
    const settled = followCamera(far, await watch(far, 1));
    await fleet().node('hub-b').close();
    fleet().nodes.delete('hub-b');
    const gap = await longestGap(far, async () => {
      await linked([link('hub-a', 'leaf-a'), link('hub-a', 'leaf-b')]);
      await until('the other way', () => relayed('leaf-b').feed?.from === 'hub-a');
      await until('the picture', () => far.all('consumer').length > 1);
      await sleep(500);
    });
    await settled();
    expect(gap).toBeLessThan(3_000);
    expect(far.closeCode).toBeNull();
  });
});

test('without the control plane all goes on, and what is new works between nodes that know one another', async () => {
  const publisher = await join('leaf-a', alice);
  const [far, later] = [await join('leaf-b'), await join('leaf-b')];
  await linked();
  await publisher.publish('microphone');
  await publisher.publish('camera');
  const voice = await far.receive(microphone());
  await far.flows(voice);
  await fleet().control.close();
  await until(
    'the rooms to be gone',
    () => !['leaf-a', 'leaf-b'].some((node) => meeting(node)?.roomLinked === true),
  );
  await far.flows(voice);
  expect(relayed('leaf-b').pulled).toBe(false);
  await watch(far, 1);
  await later.flows(await later.receive(microphone()));
  // A relay whose socket is lost comes back by the grant there is.
  fleet().relayWires.get('leaf-b')?.cut();
  await until('the loss', () => connected('leaf-b') === 0);
  await until('the relay again', () => connected('leaf-b') === 1);
  await publisher.request({ type: 'close_producer', source: 'camera' });
  await until('the news', () => later.all('stream_removed').some(({ stream_id }) => stream_id === camera()));
});

test('a neighbour that falls silent is told of to the room, and that it is back', async () => {
  await join('hub-a', alice);
  await linked();
  const said = () =>
    fleet().room.events.flatMap((event) =>
      event.type === 'relay_silent' ? [`${event.node_id}: ${event.silent}`] : [],
    );
  fleet().relayWires.get('leaf-b')?.stall();
  await until('the word', () => said().length >= 2, RELAY.silentAfter + 3_000);
  expect(said().toSorted()).toEqual(['hub-b: true', 'leaf-b: true']);
  fleet().relayWires.get('leaf-b')?.flow();
  await until('the word that it is back', () => said().length >= 4);
});
