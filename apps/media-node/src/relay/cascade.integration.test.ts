import { setTimeout as sleep } from 'node:timers/promises';
import { CLOSE, type mediaRpc, type roomLink, streamId } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PUBLISH, RELAY } from '../config.ts';
import { TestFleet } from '../testing/fleet.ts';
import { MediaClient } from '../testing/media-client.ts';
import { until } from '../testing/until.ts';
import { RelayedStream } from './relayed-stream.ts';

const link = (a: string, b: string): roomLink.Link => (a < b ? { a, b } : { a: b, b: a });
/** Two regions: a hub in each, and a leaf behind it. */
const LINKS = [link('hub-a', 'hub-b'), link('hub-a', 'leaf-a'), link('hub-b', 'leaf-b')];
const THUMBNAIL = { width: 320, height: 180 };
const LARGE = { width: 1280, height: 720 };

let fleet: TestFleet;
const alice = { participantId: '', sessionId: '' };

beforeEach(async () => {
  fleet = await TestFleet.start(26200, ['hub-a', 'hub-b', 'leaf-a', 'leaf-b']);
  Object.assign(alice, fleet.member());
});
afterEach(() => fleet.close());

const meeting = (node: string) => fleet.node(node).meetings.all[0];
const connected = (node: string) => meeting(node)?.relay.connected ?? 0;
const microphone = () => streamId(alice.participantId, 'microphone');
const camera = () => streamId(alice.participantId, 'camera');

/** Publishes from here on have so many layers. */
const join = async (node: string, member = fleet.member(), encodings = 3) =>
  fleet.track(await MediaClient.join(fleet.url(node), await fleet.token(member), encodings));

async function linked(links = LINKS): Promise<void> {
  for (const node of fleet.nodes.keys()) fleet.control.hostMeeting(node, fleet.meetingId);
  await fleet.publishState({ links });
  const degree = (node: string) => links.filter(({ a, b }) => a === node || b === node).length;
  await until('the links', () => [...fleet.nodes.keys()].every((node) => connected(node) === degree(node)));
}

const relayed = (node: string, stream = camera()): RelayedStream => {
  const publication = meeting(node)?.streams.latest(stream);
  if (!(publication instanceof RelayedStream)) throw new Error(`not relayed to ${node}`);
  return publication;
};

/** Videos on their way out of a node, over pipes and plain transports, also between its workers. */
const relayedFeeds = (node: string) =>
  fleet.node(node).pool.workers.reduce((sum, { counts }) => sum + (counts.consumers.video ?? 0), 0);

async function watch(client: MediaClient, version: number, size = LARGE): Promise<mediaRpc.ConsumerCreated> {
  await client.watch(version, [camera()], size);
  const consumer = await client.receive(camera());
  await client.flows(consumer);
  return consumer;
}

const LOOK = 5;

/**
 * The longest that nothing of the camera came to a client while something was done, whichever consumer it came by.
 * Sender, nodes and receiver share this process: for how long it was held up altogether does not count.
 */
async function longestGap(client: MediaClient, during: () => Promise<void>): Promise<number> {
  const count = () =>
    client
      .all('consumer')
      .filter(({ stream_id }) => stream_id === camera())
      .reduce((sum, consumer) => sum + client.packets(consumer), 0);
  let [longest, gap, packets, at, over] = [0, 0, count(), performance.now(), false];
  const done = during().finally(() => {
    over = true;
  });
  while (!over) {
    await sleep(LOOK);
    const now = performance.now();
    gap = count() === packets ? gap + Math.min(now - at, 2 * LOOK) : 0;
    [packets, at] = [count(), now];
    longest = Math.max(longest, gap);
  }
  await done;
  return longest;
}

/** Sets up whatever consumer of the camera comes, as a client does. */
function followCamera(client: MediaClient, first: mediaRpc.ConsumerCreated | undefined): () => Promise<void> {
  const seen = new Set([first?.consumer_id]);
  let over = false;
  const following = (async () => {
    while (!over) {
      const fresh = client.all('consumer').find((c) => c.stream_id === camera() && !seen.has(c.consumer_id));
      if (fresh === undefined) await sleep(2);
      else {
        seen.add(fresh.consumer_id);
        await client.setUp(fresh);
      }
    }
  })();
  return () => {
    over = true;
    return following;
  };
}

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
      const { consumers } = fleet.node(node).pool.workers[0]?.counts ?? {};
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
        (node) => (fleet.node(node).pool.workers[0]?.counts.streams ?? 0) === 0,
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
    fleet.remove(alice);
    const from = performance.now();
    await fleet.publishState({ links: LINKS, revoked: [{ session_id: alice.sessionId, min_gen: 2 }] });
    await until('the end everywhere', () =>
      everywhere.every((client) => client.all('consumer_closed').length === 1),
    );
    expect(performance.now() - from).toBeLessThan(500);
    expect(await publisher.closed()).toBe(CLOSE.removed);
    for (const node of fleet.nodes.keys()) {
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
      () => fleet.node('hub-a').pool.workers[0]?.counts.consumers.video === 1,
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
  await fleet.close();
  fleet = await TestFleet.start(26200, ['hub-a', 'hub-b'], { WORKERS: '2', WORKER_STREAMS: '1' });
  Object.assign(alice, fleet.member());
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
      () => fleet.node('hub-b').pool.workers[0]?.counts.streams === 0,
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
    const stopped = fleet
      .node('hub-b')
      .drain(60_000)
      .then(() => {
        comesFrom = relayed('leaf-b').feed?.from;
        return fleet.node('hub-b').close();
      });
    fleet.room.dismissed.add('hub-b');
    const gap = await longestGap(far, async () => {
      await fleet.publishState({ links: [link('hub-a', 'leaf-a'), link('hub-a', 'leaf-b')] });
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
    await fleet.node('hub-b').close();
    fleet.nodes.delete('hub-b');
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
  await fleet.control.close();
  await until(
    'the rooms to be gone',
    () => !['leaf-a', 'leaf-b'].some((node) => meeting(node)?.roomLinked === true),
  );
  await far.flows(voice);
  expect(relayed('leaf-b').pulled).toBe(false);
  await watch(far, 1);
  await later.flows(await later.receive(microphone()));
  // A relay whose socket is lost comes back by the grant there is.
  fleet.relayWires.get('leaf-b')?.cut();
  await until('the loss', () => connected('leaf-b') === 0);
  await until('the relay again', () => connected('leaf-b') === 1);
  await publisher.request({ type: 'close_producer', source: 'camera' });
  await until('the news', () => later.all('stream_removed').some(({ stream_id }) => stream_id === camera()));
});

test('a neighbour that falls silent is told of to the room, and that it is back', async () => {
  await join('hub-a', alice);
  await linked();
  const said = () =>
    fleet.room.events.flatMap((event) =>
      event.type === 'relay_silent' ? [`${event.node_id}: ${event.silent}`] : [],
    );
  fleet.relayWires.get('leaf-b')?.stall();
  await until('the word', () => said().length >= 2, RELAY.silentAfter + 3_000);
  expect(said().toSorted()).toEqual(['hub-b: true', 'leaf-b: true']);
  fleet.relayWires.get('leaf-b')?.flow();
  await until('the word that it is back', () => said().length >= 4);
});
