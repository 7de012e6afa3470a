import { setTimeout as sleep } from 'node:timers/promises';
import { type roomLink, streamId } from '@meridian/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { densest } from '../testing/densest.ts';
import { TestFleet } from '../testing/fleet.ts';
import { MediaClient } from '../testing/media-client.ts';
import { until } from '../testing/until.ts';

const HUBS = ['hub-0', 'hub-1', 'hub-2'];
const LEAVES = Array.from({ length: 7 }, (_, index) => `leaf-${index}`);
const LINKS: roomLink.Link[] = [
  ...HUBS.flatMap((a, i) => HUBS.slice(i + 1).map((b) => ({ a, b }))),
  ...LEAVES.map((b, index) => ({ a: HUBS[index % HUBS.length] ?? '', b })),
];
const VIEWERS = 100;
/** Milliseconds over which they come: requests fall into several of the seconds that are bounded. */
const ARRIVAL = 3_000;
/** A request may have to wait for a second at each of four nodes. */
const PATIENCE = 6_000;

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await TestFleet.start(26600, [...HUBS, ...LEAVES]);
});
afterAll(() => fleet.close());

test('a hundred new viewers on ten nodes cost the sender one key frame a second at most', async () => {
  const nodes = [...fleet.nodes.keys()];
  const ada = fleet.member();
  const members = Array.from({ length: VIEWERS }, () => fleet.member());
  for (const node of nodes) fleet.control.hostMeeting(node, fleet.meetingId);
  const publisher = fleet.track(await MediaClient.join(fleet.url('leaf-0'), await fleet.token(ada)));
  const { sender } = publisher;
  if (sender === null) throw new Error('no sender');
  sender.keyFramesOnRequest = true;
  await publisher.publish('camera');
  const camera = streamId(ada.participantId, 'camera');
  const viewers = await Promise.all(
    members.map(async (member, index) => {
      const node = nodes[index % nodes.length] ?? '';
      // A token is good at four nodes.
      const token = await fleet.token(member, { nodes: [node] });
      return fleet.track(await MediaClient.watch(fleet.url(node), token));
    }),
  );
  await fleet.publishState({ links: LINKS });
  await until('the stream everywhere', () =>
    nodes.every((node) => fleet.node(node).meetings.all[0]?.streams.latest(camera) !== undefined),
  );
  sender.keyFrameRequests.length = 0;
  const waits = await Promise.all(
    viewers.map(async (viewer, index) => {
      await sleep((index / VIEWERS) * ARRIVAL);
      const from = performance.now();
      await viewer.watch(1, [camera]);
      const consumer = await viewer.receive(camera);
      await until('the first frame', () => viewer.packets(consumer) > 0, PATIENCE);
      return performance.now() - from;
    }),
  );
  const seconds = (ARRIVAL + Math.max(...waits)) / 1_000;
  expect(densest(sender.keyFrameRequests)).toBe(1);
  expect(sender.keyFrameRequests.length).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
});
