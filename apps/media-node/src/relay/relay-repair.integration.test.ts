import { type roomLink, streamId } from '@meridian/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RELAY } from '../config.ts';
import { TestFleet } from '../testing/fleet.ts';
import { until } from '../testing/until.ts';
import { RelayedStream } from './relayed-stream.ts';

/** Two regions: a hub in each, and a leaf behind it. */
const LINKS: roomLink.Link[] = [
  { a: 'hub-a', b: 'hub-b' },
  { a: 'hub-a', b: 'leaf-a' },
  { a: 'hub-b', b: 'leaf-b' },
];
/** When one of the hubs is lost, its leaf takes its place. */
const POSSIBLE: roomLink.Link[] = [
  { a: 'hub-b', b: 'leaf-a' },
  { a: 'hub-a', b: 'leaf-b' },
];
/** Milliseconds: silence is noticed, the room has been away for long enough, and the new link is up. */
const REPAIRED = RELAY.silentAfter + RELAY.pingInterval + RELAY.repairAfter + 3_000;

let fleet: TestFleet;
const alice = { participantId: '', sessionId: '' };

beforeEach(async () => {
  fleet = await TestFleet.start(27400, ['hub-a', 'hub-b', 'leaf-a', 'leaf-b']);
  Object.assign(alice, fleet.member());
});
afterEach(() => fleet.close());

const relay = (node: string) => fleet.node(node).meetings.all[0]?.relay;
const microphone = () => streamId(alice.participantId, 'microphone');
const way = () => {
  const stream = fleet.node('leaf-b').meetings.all[0]?.streams.latest(microphone());
  return stream instanceof RelayedStream ? stream : undefined;
};

async function linked(): Promise<void> {
  for (const node of fleet.nodes.keys()) fleet.control.hostMeeting(node, fleet.meetingId);
  await fleet.publishState({ links: LINKS, possible: POSSIBLE, region: (id) => id.slice(-1) });
  await until(
    'the links',
    () => [...fleet.nodes.keys()].map((node) => relay(node)?.connected).join() === [2, 2, 1, 1].join(),
  );
}

async function withoutRoom(): Promise<void> {
  await fleet.control.close();
  await until('the rooms to be gone', () =>
    [...fleet.nodes.values()].every(({ meetings }) => meetings.all[0]?.roomLinked === false),
  );
}

test('a hub that dies while the room is away is gone around: its leaf takes its place', async () => {
  const publisher = await fleet.join('leaf-a', alice);
  const listener = await fleet.join('leaf-b');
  await linked();
  await publisher.publish('microphone');
  await listener.flows(await listener.receive(microphone()));
  await withoutRoom();
  await fleet.node('hub-a').close();
  fleet.nodes.delete('hub-a');
  await until('the loss', () => relay('leaf-a')?.connected === 0);
  await until('the way around', () => relay('leaf-a')?.connected === 1, REPAIRED);
  const consumers = () => listener.all('consumer').filter(({ stream_id }) => stream_id === microphone());
  await until('the stream over it', () => consumers().length > 1);
  const [, another] = consumers();
  if (another === undefined) throw new Error('nothing is received');
  await listener.setUp(another);
  await listener.flows(another);
  // And who comes to the meeting's known nodes now is heard as well.
  const later = await fleet.join('leaf-b');
  await later.flows(await later.receive(microphone()));
  expect(way()).toMatchObject({ route: { origin: 'leaf-a', path: ['leaf-a', 'hub-b'] } });
});

test('one that only seems lost is gone around until it is heard', async () => {
  const publisher = await fleet.join('leaf-a', alice);
  const listener = await fleet.join('leaf-b');
  await linked();
  await withoutRoom();
  // Its sockets with both of its neighbours, and not those to come.
  const wires = ['leaf-a', 'hub-b'].map((node) => fleet.relayWires.get(node));
  for (const wire of wires) wire?.stall();
  await until('the way around', () => relay('leaf-a')?.connected === 2, REPAIRED);
  await publisher.publish('microphone');
  await listener.flows(await listener.receive(microphone()));
  expect(way()).toMatchObject({ route: { path: ['leaf-a', 'hub-b'] } });
  for (const wire of wires) wire?.flow();
  await until('the old way', () => way()?.route.path.join() === 'leaf-a,hub-a,hub-b');
  expect(relay('leaf-a')?.connected).toBe(2);
});
