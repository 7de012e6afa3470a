import { LIMITS } from '@meridian/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { DATA } from '../config.ts';
import { TestFleet } from '../testing/fleet.ts';
import { MediaClient } from '../testing/media-client.ts';
import { until } from '../testing/until.ts';

let fleet: TestFleet;
afterEach(() => fleet.close());

const transports = (node: string, type: string) =>
  fleet.node(node).pool.workers.reduce((sum, worker) => sum + (worker.counts.transports.get(type) ?? 0), 0);

/** Both ends of a channel between two people, wherever they are. */
async function expectExchange(ada: MediaClient, ben: MediaClient): Promise<void> {
  const [from, back] = [await ada.openChannel('cursor'), await ben.openChannel('cursor')];
  const [atBen, atAda] = [await ben.listen('cursor'), await ada.listen('cursor')];
  const binary = Buffer.from([0, 1, 254, 255]);
  const longest = 'x'.repeat(LIMITS.dataMessageBytes);
  // What is sent before the whole way is there is lost, as on any channel that somebody joins later.
  await until('the first message', () => {
    if (atBen.length === 0) from.sendMessage('hello');
    return atBen.length > 0;
  });
  await until('the first message back', () => {
    if (atAda.length === 0) back.sendMessage('hello');
    return atAda.length > 0;
  });
  const before = atBen.length;
  from.sendMessageBinary(binary);
  from.sendMessage(longest);
  await until('both messages', () => atBen.filter((message) => message !== 'hello').length === 2);
  expect(atBen.length).toBeGreaterThanOrEqual(before + 2);
  expect(atBen.filter((message) => message !== 'hello')).toEqual([binary, longest]);
  expect(new Set(atAda)).toEqual(new Set(['hello']));
}

describe('a data channel at one router', () => {
  test('carries text and bytes both ways, and nothing goes through Node', async () => {
    fleet = await TestFleet.start(24400, ['node-a']);
    await expectExchange(await fleet.join('node-a'), await fleet.join('node-a'));
    expect(transports('node-a', 'direct')).toBe(0);
  });

  test('is delivered to who comes later, and ends with its owner', async () => {
    fleet = await TestFleet.start(24400, ['node-a']);
    const member = fleet.member();
    const ada = await fleet.join('node-a', member);
    const cursor = await ada.openChannel('cursor');
    const ben = await fleet.join('node-a');
    const heard = await ben.listen('cursor');
    expect(ben.all('data_consumer')).toMatchObject([
      { participant_id: member.participantId, label: 'cursor' },
    ]);
    cursor.sendMessage('one');
    await until('the message', () => heard.length === 1);
    await ada.request({ type: 'close_data_producer', label: 'cursor' });
    await until('the end', () => ben.all('data_consumer_closed').length === 1);
    await ada.openChannel('strokes');
    await ben.listen('strokes');
    ada.close();
    await until('the end with its owner', () => ben.all('data_consumer_closed').length === 2);
  });

  test('stops when its owner is removed', async () => {
    fleet = await TestFleet.start(24400, ['node-a']);
    const member = fleet.member();
    const ada = await fleet.join('node-a', member);
    const ben = await fleet.join('node-a');
    const cursor = await ada.openChannel('cursor');
    const heard = await ben.listen('cursor');
    fleet.remove(member);
    await fleet.publishState({ revoked: [{ session_id: member.sessionId, min_gen: 2 }] });
    await until('the end', () => ben.all('data_consumer_closed').length === 1);
    try {
      cursor.sendMessage('still here');
    } catch {
      // Its association may be gone already.
    }
    expect(heard).toEqual([]);
  });

  test('has bounds: its number, its name, and who may open it', async () => {
    fleet = await TestFleet.start(24400, ['node-a']);
    const ada = await fleet.join('node-a');
    for (let i = 0; i < LIMITS.dataChannels; i += 1) await ada.openChannel(`channel-${i}`);
    await expect(ada.openChannel('one-more')).rejects.toMatchObject({ code: 'unprocessable' });
    await ada.request({ type: 'close_data_producer', label: 'channel-0' });
    await expect(ada.openChannel('channel-1')).rejects.toMatchObject({ code: 'conflict' });
    await expect(ada.request({ type: 'close_data_producer', label: 'nothing' })).rejects.toMatchObject({
      code: 'unknown_stream',
    });
    const token = await fleet.token(fleet.member(), { can_publish: [] });
    const viewer = fleet.track(await MediaClient.join(fleet.url('node-a'), token));
    await expect(viewer.openChannel('cursor')).rejects.toMatchObject({ code: 'forbidden' });
    const deafToken = await fleet.token(fleet.member(), { can_subscribe: false });
    const deaf = fleet.track(await MediaClient.join(fleet.url('node-a'), deafToken));
    await until('the viewer to hear', () => viewer.all('data_consumer').length === LIMITS.dataChannels - 1);
    expect(deaf.all('data_consumer')).toEqual([]);
  });

  test('is closed when it sends more than it may; others are not', async () => {
    fleet = await TestFleet.start(24400, ['node-a']);
    const [ada, ben] = [await fleet.join('node-a'), await fleet.join('node-a')];
    const flood = await ada.openChannel('flood');
    const calm = await ada.openChannel('calm');
    const heard = await ben.listen('calm');
    for (let i = 0; i < 2 * DATA.burst.messages; i += 1) flood.sendMessage('x');
    await until('the end of the flood', () => ada.all('data_producer_closed').length === 1);
    expect(ada.all('data_producer_closed')).toMatchObject([{ label: 'flood', reason: 'rate_limited' }]);
    await until('the end of it at its receivers', () => ben.all('data_consumer_closed').length === 1);
    calm.sendMessage('still here');
    await until('the message', () => heard.length === 1);
  });
});

test('a data channel crosses between the workers of a node', async () => {
  fleet = await TestFleet.start(24400, ['node-a'], { WORKERS: '2', WORKER_STREAMS: '1' });
  const [ada, ben] = [await fleet.join('node-a'), await fleet.join('node-a')];
  const workers = new Set(fleet.node('node-a').meetings.all[0]?.peers.map((peer) => peer.worker.index));
  expect(workers.size).toBe(2);
  await expectExchange(ada, ben);
  ada.close();
  ben.close();
  await until('the inlets to go', () => transports('node-a', 'direct') === 0);
});

describe('a data channel between nodes', () => {
  const meeting = (node: string) => fleet.node(node).meetings.all[0];

  async function startTwo(): Promise<[MediaClient, MediaClient]> {
    fleet = await TestFleet.start(24400, ['node-a', 'node-b']);
    const clients: [MediaClient, MediaClient] = [await fleet.join('node-a'), await fleet.join('node-b')];
    await fleet.publishState();
    await until(
      'the relay',
      () => meeting('node-a')?.relay.connected === 1 && meeting('node-b')?.relay.connected === 1,
    );
    return clients;
  }

  test('crosses, and ends there with its owner', async () => {
    const [ada, ben] = await startTwo();
    await expectExchange(ada, ben);
    ada.close();
    await until('the end', () => ben.all('data_consumer_closed').length === 1);
    expect(meeting('node-b')?.data.size).toBe(1);
    ben.close();
    await until('all of it', () => meeting('node-b')?.data.size === 0 && meeting('node-a')?.data.size === 0);
    await until('the inlets', () => transports('node-a', 'direct') + transports('node-b', 'direct') === 0);
  });

  test('is sent only while somebody receives it', async () => {
    const [ada, ben] = await startTwo();
    await ada.openChannel('cursor');
    await ben.listen('cursor');
    await until('the tap', () => transports('node-a', 'direct') === 1);
    ben.close();
    await until('the tap to go', () => transports('node-a', 'direct') === 0);
    expect(meeting('node-b')?.data.size).toBe(1);
  });

  test('comes back after the relay socket was lost, and is brought up to date', async () => {
    const [ada, ben] = await startTwo();
    const cursor = await ada.openChannel('cursor');
    await ada.openChannel('strokes');
    const heard = await ben.listen('cursor');
    await ben.listen('strokes');
    fleet.relayWires.get('node-b')?.cut();
    await ada.request({ type: 'close_data_producer', label: 'strokes' });
    await until('the relay again', () => meeting('node-a')?.relay.connected === 1);
    await until('the end of what is gone', () => ben.all('data_consumer_closed').length === 1);
    await until('messages again', () => {
      cursor.sendMessage('again');
      return heard.length > 0;
    });
  });
});
