import { setTimeout as sleep } from 'node:timers/promises';
import { CLOSE } from '@meridian/protocol';
import { describe, expect, test } from 'vitest';
import { PUBLISH, RELAY } from '../config.ts';
import type { MediaClient } from '../testing/media-client.ts';
import { LARGE, LINKS, link, THUMBNAIL, useTwoRegions } from '../testing/two-regions.ts';
import { until } from '../testing/until.ts';

const {
  fleet,
  restart,
  alice,
  meeting,
  microphone,
  camera,
  join,
  linked,
  relayed,
  relayedFeeds,
  watch,
  longestGap,
  followCamera,
} = useTwoRegions(26200);

describe('a stream crosses two regions', () => {
  test('over every link once, to whoever wants it, with what happens to it', async () => {
    const publisher = await join('leaf-a', alice);
    const [near, far, other] = [await join('hub-a'), await join('leaf-b'), await join('leaf-b')];
    await linked();
    await publisher.publish('microphone');
    const voice = await far.receive(microphone());
    await far.flows(voice);
    await other.flows(await other.receive(microphone()));
    await near.flows(await near.receive(microphone()));
    expect(relayed('leaf-b', microphone()).route).toEqual({
      origin: 'leaf-a',
      path: ['leaf-a', 'hub-a', 'hub-b'],
    });
    for (const node of ['leaf-a', 'hub-a', 'hub-b']) {
      // Towards the next node once; from the publisher's node beside it nothing, for nobody else is there.
      const { consumers } = fleet().node(node).pool.workers[0]?.counts ?? {};
      expect(consumers?.audio, node).toBe(node === 'hub-a' ? 2 : 1);
    }
    await publisher.request({ type: 'pause', source: 'microphone' });
    await until('the pause', () => far.all('stream_updated').at(-1)?.stream.paused === true);
    await sleep(200);
    const silent = far.packets(voice);
    await sleep(200);
    expect(far.packets(voice)).toBe(silent);
    await publisher.request({ type: 'resume', source: 'microphone' });
    await far.flows(voice);
    await publisher.request({ type: 'close_producer', source: 'microphone' });
    await until('the end', () => far.all('stream_removed').length === 1);
    await until('nothing to be left', () =>
      ['leaf-a', 'hub-a', 'hub-b', 'leaf-b'].every(
        (node) => (fleet().node(node).pool.workers[0]?.counts.streams ?? 0) === 0,
      ),
    );
  });

  test('with how well its publisher’s network carries it, heard from its node', {
    timeout: 60_000,
  }, async () => {
    const publisher = await join('leaf-a', alice);
    const [near, far] = [await join('hub-a'), await join('leaf-b')];
    await linked();
    await publisher.publish('camera');
    await watch(near, 1);
    await watch(far, 1);
    const told = (client: MediaClient) => client.all('stream_score').at(-1);
    const hears = (what: string, score: (score: number) => boolean) =>
      until(what, () => [near, far].every((client) => score(told(client)?.score ?? -1)), 20_000);
    await hears('a fine score', (score) => score >= 9);
    if (publisher.sender === null) throw new Error('no sender');
    publisher.sender.losesHalf = true;
    await hears('a bad score', (score) => score >= 0 && score <= 4);
    const late = await join('leaf-b');
    await watch(late, 1);
    await until('a newcomer to hear it at once', () => (told(late)?.score ?? 10) <= 4, 1_000);
    publisher.sender.losesHalf = false;
    await hears('a fine score again', (score) => score >= 9);
  });

  test('and ends on every node within 500 ms when its publisher is removed', async () => {
    const publisher = await join('leaf-a', alice);
    const everywhere = await Promise.all(['leaf-a', 'hub-a', 'hub-b', 'leaf-b'].map((node) => join(node)));
    await linked();
    await publisher.publish('microphone');
    for (const client of everywhere) await client.flows(await client.receive(microphone()));
    fleet().remove(alice);
    const from = performance.now();
    await fleet().publishState({ links: LINKS, revoked: [{ session_id: alice.sessionId, min_gen: 2 }] });
    await until('the end everywhere', () =>
      everywhere.every((client) => client.all('consumer_closed').length === 1),
    );
    expect(performance.now() - from).toBeLessThan(500);
    expect(await publisher.closed()).toBe(CLOSE.removed);
    for (const node of fleet().nodes.keys()) {
      await expect(join(node, alice)).rejects.toMatchObject({ code: 'removed' });
    }
  });

  test('and is replaced when its publisher moves to another region', async () => {
    const publisher = await join('leaf-a', alice);
    const [far, near] = [await join('leaf-b'), await join('hub-a')];
    await linked();
    await publisher.publish('microphone');
    const old = await far.receive(microphone());
    await far.flows(old);
    await near.flows(await near.receive(microphone()));
    const moved = await join('hub-b', alice);
    const { generation } = await moved.publish('microphone');
    const fresh = await far.receive(microphone(), generation);
    expect(fresh.replaces).toBe(old.consumer_id);
    await far.flows(fresh);
    await near.flows(await near.receive(microphone(), generation));
    await until('the old one to end', () =>
      far.all('consumer_closed').some(({ consumer_id }) => consumer_id === old.consumer_id),
    );
    expect(relayed('leaf-a', microphone()).route.path).toEqual(['hub-b', 'hub-a']);
  });

  test('with levels and data beside it', async () => {
    const publisher = await join('leaf-a', alice);
    const far = await join('leaf-b');
    await linked();
    await publisher.publish('microphone');
    if (publisher.sender !== null) publisher.sender.level = -20;
    await until('the voice to be noticed', () =>
      far.all('speakers').some(({ active }) => active === alice.participantId),
    );
    const [channel, heard] = [await publisher.openChannel('cursor'), await far.listen('cursor')];
    // The subscription travels hop by hop; what was said before is not repeated.
    await until('a message', () => {
      channel.sendMessage('x');
      return heard.length > 0;
    });
    publisher.close();
    await until('its end', () => far.all('data_consumer_closed').length === 1);
  });
});

describe('demand', () => {
  test('reaches the publisher over all hops: more at once, less after a while, nothing in the end', async () => {
    const publisher = await join('leaf-a', alice);
    const far = await join('leaf-b');
    await linked();
    await publisher.publish('camera');
    const told = () => publisher.all('publish_layers').at(-1)?.layers;
    await until('the encoder to rest', () => told() === 0, PUBLISH.lowerAfter + 2_000);
    const from = performance.now();
    const asked = far.watch(1, [camera()], LARGE);
    await until('the wish', () => told() === 3);
    const wishTook = performance.now() - from;
    await asked;
    const consumer = await far.receive(camera());
    await far.flows(consumer);
    expect(performance.now() - from).toBeLessThan(2_500);
    expect(wishTook).toBeLessThan(300);
    const restAt = performance.now();
    await far.watch(2, [camera()], THUMBNAIL);
    await until('fewer layers', () => told() === 1, PUBLISH.lowerAfter + 2_000);
    expect(performance.now() - restAt).toBeGreaterThan(PUBLISH.lowerAfter - 100);
    await far.flows(consumer);
    await far.watch(3, []);
    await until('none', () => told() === 0, PUBLISH.lowerAfter + 2_000);
  });

  test('a layer that nobody had watched comes soon', async () => {
    const publisher = await join('leaf-a', alice);
    const far = await join('leaf-b');
    await linked();
    await publisher.publish('camera');
    const consumer = await watch(far, 1, THUMBNAIL);
    await until('one layer', () => publisher.all('publish_layers').at(-1)?.layers === 1);
    const layer = () => far.all('layers').findLast((m) => m.consumer_id === consumer.consumer_id)?.current;
    const before = publisher.sender?.sentByLayer[2] ?? 0;
    const from = performance.now();
    await far.watch(2, [camera()], LARGE);
    await until('its first packet', () => (publisher.sender?.sentByLayer[2] ?? 0) > before);
    expect(performance.now() - from).toBeLessThan(300);
    await until('the layer to arrive', () => layer()?.spatial === 2, 2_500);
    await far.flows(consumer);
    expect(far.all('consumer')).toHaveLength(1);
  });
});

describe('carriage', () => {
  test('is thin for one layer, full for several, and thin again, without a gap', {
    timeout: 60_000,
  }, async () => {
    const publisher = await join('hub-a', alice);
    const [one, two] = [await join('hub-b'), await join('hub-b')];
    await linked();
    await publisher.publish('camera');
    const first = await watch(one, 1, THUMBNAIL);
    expect(relayed('hub-b').feed).toEqual({ carriage: 'thin', from: 'hub-a' });
    const settled = followCamera(one, first);
    const toFull = await longestGap(one, async () => {
      await watch(two, 1, LARGE);
      await until('full', () => relayed('hub-b').feed?.carriage === 'full', RELAY.toFullAfter + 3_000);
      await sleep(1_000);
    });
    const replacement = one.all('consumer').at(-1);
    expect(replacement?.replaces).toBe(first.consumer_id);
    const toThin = await longestGap(one, async () => {
      await two.watch(2, []);
      await until('thin', () => relayed('hub-b').feed?.carriage === 'thin', RELAY.toThinAfter + 8_000);
      await sleep(1_000);
    });
    await settled();
    expect([toFull < 200, toThin < 200], `${toFull} and ${toThin} ms`).toEqual([true, true]);
    await until(
      'one feed to be left',
      () => fleet().node('hub-a').pool.workers[0]?.counts.consumers.video === 1,
    );
  });

  test('follows a wish through layers without another consumer, also behind a hub', async () => {
    const publisher = await join('hub-a', alice);
    const far = await join('leaf-b');
    await linked();
    await publisher.publish('camera');
    const consumer = await watch(far, 1, THUMBNAIL);
    const layer = () => far.all('layers').findLast((m) => m.consumer_id === consumer.consumer_id)?.current;
    for (const [version, size, spatial] of [
      [2, LARGE, 2],
      [3, { width: 640, height: 360 }, 1],
    ] as const) {
      await far.watch(version, [camera()], size);
      await until(`layer ${spatial}`, () => layer()?.spatial === spatial, RELAY.lowerAfter + 3_000);
      await far.flows(consumer);
    }
    expect([relayed('hub-b').feed?.carriage, relayed('leaf-b').feed?.carriage]).toEqual(['thin', 'thin']);
    expect(far.all('consumer')).toHaveLength(1);
  });
});

test('a change of carriage reaches receivers at all workers of a node', async () => {
  await restart(['hub-a', 'hub-b'], { WORKERS: '2', WORKER_STREAMS: '1' });
  const publisher = await join('hub-a', alice);
  const viewers = [await join('hub-b'), await join('hub-b')];
  expect(meeting('hub-b')?.routers.workers).toHaveLength(2);
  await linked([link('hub-a', 'hub-b')]);
  await publisher.publish('camera');
  const first = await Promise.all(viewers.map((viewer) => watch(viewer, 1, THUMBNAIL)));
  const settled = viewers.map((viewer, index) => followCamera(viewer, first[index]));
  const before = relayedFeeds('hub-a');
  await viewers[1]?.watch(2, [camera()], LARGE);
  await until('full', () => relayed('hub-b').feed?.carriage === 'full', RELAY.toFullAfter + 3_000);
  for (const viewer of viewers) {
    await until(
      'the change',
      () => viewer.all('consumer').length === 2 && viewer.all('consumer_closed').length === 1,
    );
    const [, fresh] = viewer.all('consumer');
    if (fresh !== undefined) await viewer.flows(fresh);
  }
  await until('the former feed to go', () => relayedFeeds('hub-a') === before);
  await Promise.all(settled.map((done) => done()));
});
