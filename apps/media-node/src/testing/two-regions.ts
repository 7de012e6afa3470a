import { setTimeout as sleep } from 'node:timers/promises';
import { type mediaRpc, type roomLink, streamId } from '@meridian/protocol';
import { afterEach, beforeEach } from 'vitest';
import { RelayedStream } from '../relay/relayed-stream.ts';
import { TestFleet } from './fleet.ts';
import { MediaClient } from './media-client.ts';
import { until } from './until.ts';

export const link = (a: string, b: string): roomLink.Link => (a < b ? { a, b } : { a: b, b: a });

/** A hub in each region, and a leaf behind it. */
export const LINKS = [link('hub-a', 'hub-b'), link('hub-a', 'leaf-a'), link('hub-b', 'leaf-b')];
export const THUMBNAIL = { width: 320, height: 180 };
export const LARGE = { width: 1280, height: 720 };

/** Milliseconds between two looks at what has come. */
const LOOK = 5;

/**
 * A meeting on four nodes in two regions for each test of a file, and Alice, whose streams are looked at. `port`: the
 * first of a range that no other file has.
 */
export function useTwoRegions(port: number) {
  let running: TestFleet | undefined;
  const alice = { participantId: '', sessionId: '' };
  const fleet = (): TestFleet => {
    if (running === undefined) throw new Error('the fleet is not up');
    return running;
  };

  const end = async (): Promise<void> => {
    const former = running;
    running = undefined;
    await former?.close();
  };
  /** Another fleet instead of the one there is. */
  const restart = async (nodes: string[], env: Record<string, string> = {}): Promise<void> => {
    await end();
    running = await TestFleet.start(port, nodes, env);
    Object.assign(alice, running.member());
  };

  beforeEach(() => restart(['hub-a', 'hub-b', 'leaf-a', 'leaf-b']));
  afterEach(end);

  const meeting = (node: string) => fleet().node(node).meetings.all[0];
  const connected = (node: string) => meeting(node)?.relay.connected ?? 0;
  const microphone = () => streamId(alice.participantId, 'microphone');
  const camera = () => streamId(alice.participantId, 'camera');

  /** Publishes from here on have so many layers. */
  const join = async (node: string, member = fleet().member(), encodings = 3) =>
    fleet().track(await MediaClient.join(fleet().url(node), await fleet().token(member), encodings));

  async function linked(links = LINKS): Promise<void> {
    for (const node of fleet().nodes.keys()) fleet().control.hostMeeting(node, fleet().meetingId);
    await fleet().publishState({ links });
    const degree = (node: string) => links.filter(({ a, b }) => a === node || b === node).length;
    await until('the links', () =>
      [...fleet().nodes.keys()].every((node) => connected(node) === degree(node)),
    );
  }

  const relayed = (node: string, stream = camera()): RelayedStream => {
    const publication = meeting(node)?.streams.latest(stream);
    if (!(publication instanceof RelayedStream)) throw new Error(`not relayed to ${node}`);
    return publication;
  };

  /** Videos on their way out of a node, over pipes and plain transports, also between its workers. */
  const relayedFeeds = (node: string) =>
    fleet()
      .node(node)
      .pool.workers.reduce((sum, { counts }) => sum + (counts.consumers.video ?? 0), 0);

  async function watch(
    client: MediaClient,
    version: number,
    size = LARGE,
  ): Promise<mediaRpc.ConsumerCreated> {
    await client.watch(version, [camera()], size);
    const consumer = await client.receive(camera());
    await client.flows(consumer);
    return consumer;
  }

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
  function followCamera(
    client: MediaClient,
    first: mediaRpc.ConsumerCreated | undefined,
  ): () => Promise<void> {
    const seen = new Set([first?.consumer_id]);
    let over = false;
    const following = (async () => {
      while (!over) {
        const fresh = client
          .all('consumer')
          .find((c) => c.stream_id === camera() && !seen.has(c.consumer_id));
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

  return {
    ...{ fleet, restart, alice, meeting, connected, microphone, camera, join, linked, relayed, relayedFeeds },
    ...{ watch, longestGap, followCamera },
  };
}
