import { setTimeout as sleep } from 'node:timers/promises';
import { ROUTER_RTP_CAPABILITIES, type Source, streamId } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEGRADATION, PEER, VIDEO } from '../config.ts';
import { withoutFeedback } from '../testing/capabilities.ts';
import { densest } from '../testing/densest.ts';
import { TestFleet } from '../testing/fleet.ts';
import { MediaClient } from '../testing/media-client.ts';
import { until } from '../testing/until.ts';

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await TestFleet.start(24800, ['node-a']);
});
afterEach(() => fleet.close());

type Publisher = { client: MediaClient; id: (source: Source) => string };

async function publisher(...sources: Source[]): Promise<Publisher> {
  const member = fleet.member();
  const client = fleet.track(await MediaClient.join(fleet.url('node-a'), await fleet.token(member), 3));
  for (const source of sources) await client.publish(source);
  return { client, id: (source) => streamId(member.participantId, source) };
}

const STATS = { rtt: 20, jitter: 1, available_outgoing_bitrate: null, frames_dropped: 0 };
const report = (client: MediaClient, loss: number) => client.request({ type: 'stats', loss, ...STATS });
const layer = (client: MediaClient) => client.all('layers').at(-1)?.current?.spatial ?? null;
const peers = () => fleet.node('node-a').meetings.all.flatMap((meeting) => meeting.peers);

/** Nothing of it arrives any more. */
async function stops(client: MediaClient, consumer: Parameters<MediaClient['packets']>[0]): Promise<void> {
  let last = -1;
  await until('the stream to stop', async () => {
    const before = last;
    last = client.packets(consumer);
    await sleep(100);
    return before === last && client.packets(consumer) === last;
  });
}

describe('what is not shown', () => {
  test('is paused at once, resumed without a new consumer, and closed when it is not missed', async () => {
    const ada = await publisher('camera');
    const ben = await fleet.join('node-a');
    await ben.watch(1, [ada.id('camera')]);
    const consumer = await ben.receive(ada.id('camera'));
    await ben.flows(consumer);
    await ben.watch(2, []);
    await stops(ben, consumer);
    await ben.watch(3, [ada.id('camera')]);
    await ben.flows(consumer);
    expect(ben.all('consumer')).toHaveLength(1);
    await ben.watch(4, []);
    await until('the end', () => ben.all('consumer_closed').length === 1, VIDEO.spareFor + 2_000);
    await ben.watch(5, [ada.id('camera')]);
    await until('a new consumer', () => ben.all('consumer').length === 2);
  });

  test('is what is beyond the most a receiver gets, by importance', { timeout: 60_000 }, async () => {
    const all = [];
    for (let i = 0; i < VIDEO.lastN + 2; i += 1) all.push(await publisher('camera'));
    const ids = all.map(({ id }) => id('camera'));
    const ben = await fleet.join('node-a');
    await ben.watch(1, ids);
    await until('as many as there may be', () => ben.all('consumer').length === VIDEO.lastN);
    const got = () => new Set(ben.all('consumer').map(({ stream_id }) => stream_id as string));
    expect(ids.filter((id) => !got().has(id))).toEqual(ids.slice(VIDEO.lastN));
    const [last = ''] = ids.slice(-1);
    await ben.request({
      type: 'subscribe',
      version: 2,
      streams: ids.map((stream_id) => ({
        stream_id,
        width: 320,
        height: 180,
        priority: 1,
        pinned: stream_id === last,
      })),
    });
    await until('the one that is pinned', () => got().has(last));
  });
});

describe('layers', () => {
  test('of a camera step down while a screen is watched', async () => {
    const ada = await publisher('camera');
    const ben = await fleet.join('node-a');
    const big = { width: 1280, height: 720 };
    await ben.watch(1, [ada.id('camera')], big);
    await ben.flows(await ben.receive(ada.id('camera')));
    await until('the highest', () => layer(ben) === 2);
    const cy = await publisher('screen');
    await ben.watch(2, [ada.id('camera'), cy.id('screen')], big);
    await until('the step down', () => layer(ben) === 1);
    await cy.client.request({ type: 'close_producer', source: 'screen' });
    await until('the highest again', () => layer(ben) === 2);
  });

  test('that leave the sender no more are not waited for, and taken up again', async () => {
    const ada = await publisher('camera');
    const ben = await fleet.join('node-a');
    await ben.watch(1, [ada.id('camera')], { width: 1280, height: 720 });
    await ben.flows(await ben.receive(ada.id('camera')));
    await until('the highest', () => layer(ben) === 2);
    await ada.client.request({ type: 'layers_flowing', source: 'camera', layers: 2 });
    await until('the next one', () => layer(ben) === 1);
    // It is what is to be seen as soon as there is bandwidth for it again.
    expect(ada.client.all('publish_layers').at(-1)?.layers ?? 3).toBe(3);
    await ada.client.request({ type: 'layers_flowing', source: 'camera', layers: 3 });
    await until('the highest again', () => layer(ben) === 2);
    const unpublished = ada.client.request({ type: 'layers_flowing', source: 'screen', layers: 1 });
    await expect(unpublished).rejects.toThrow();
  });

  test('follow the loss a client reports, down to audio only and up again', { timeout: 60_000 }, async () => {
    const ada = await publisher('camera', 'microphone');
    const capabilities = withoutFeedback(ROUTER_RTP_CAPABILITIES);
    const token = await fleet.token(fleet.member());
    const ben = fleet.track(await MediaClient.watch(fleet.url('node-a'), token, capabilities));
    const voice = await ben.receive(ada.id('microphone'));
    await ben.watch(1, [ada.id('camera')], { width: 1280, height: 720 });
    const picture = await ben.receive(ada.id('camera'));
    await until('the highest', () => layer(ben) === 2);
    await report(ben, 0.06);
    await until('the step down', () => layer(ben) === 1);
    await report(ben, 0.2);
    await stops(ben, picture);
    await ben.flows(voice);
    await report(ben, 0);
    await sleep(DEGRADATION.hold);
    await report(ben, 0);
    const fresh = await ben.receive(ada.id('camera'));
    await ben.flows(fresh);
    await until('360p', () => layer(ben) === 1);
  });

  test('do not follow a loss that the way to the client has no part in', async () => {
    const ada = await publisher('camera', 'microphone');
    const ben = await fleet.join('node-a');
    await ben.watch(1, [ada.id('camera')], { width: 1280, height: 720 });
    const picture = await ben.receive(ada.id('camera'));
    await until('the highest', () => layer(ben) === 2);
    const changes = ben.all('layers').length;
    for (let reports = 0; reports < 3; reports++) await report(ben, 0.3);
    await ben.flows(picture);
    expect(ben.all('layers')).toHaveLength(changes);
  });
});

describe('set_receive', () => {
  test('audio only stops every video here, and no voice', async () => {
    const ada = await publisher('camera', 'microphone');
    const ben = await fleet.join('node-a');
    await ben.watch(1, [ada.id('camera')]);
    const [voice, picture] = [await ben.receive(ada.id('microphone')), await ben.receive(ada.id('camera'))];
    await ben.flows(picture);
    await ben.request({ type: 'set_receive', audio_only: true, max_bitrate: null });
    await stops(ben, picture);
    await ben.flows(voice);
    await ben.request({ type: 'set_receive', audio_only: false, max_bitrate: null });
    await ben.flows(picture);
  });

  test('bounds the bitrate of a transport, and takes the bound away', async () => {
    const ben = await fleet.join('node-a');
    const bound = async () => {
      const [stats] = (await peers().at(-1)?.recvTransport.getStats()) ?? [];
      return stats?.maxOutgoingBitrate;
    };
    await ben.request({ type: 'set_receive', audio_only: false, max_bitrate: 300_000 });
    expect(await bound()).toBe(300_000);
    await ben.request({ type: 'set_receive', audio_only: false, max_bitrate: null });
    expect((await bound()) ?? 0).toBe(0);
  });
});

describe('key frames', () => {
  test('twenty who come at once cost the sender one a second, and all see a picture', async () => {
    const ada = await publisher('camera');
    const sender = ada.client.sender;
    if (sender === null) throw new Error('no sender');
    sender.keyFramesOnRequest = true;
    const viewers = await Promise.all(Array.from({ length: 20 }, () => fleet.join('node-a')));
    const waits = await Promise.all(
      viewers.map(async (viewer) => {
        const from = performance.now();
        await viewer.watch(1, [ada.id('camera')]);
        const consumer = await viewer.receive(ada.id('camera'));
        await until('the first frame', () => viewer.packets(consumer) > 0);
        return performance.now() - from;
      }),
    );
    expect(densest(sender.keyFrameRequests)).toBe(1);
    expect(sender.keyFrameRequests.length).toBeGreaterThan(0);
    // A request that comes within a second of another waits for the end of that second.
    expect(Math.max(...waits)).toBeLessThan(PEER.keyFrameRequestDelay + 1_500);
  });

  test('are asked for as rarely by viewers at another node', async () => {
    await fleet.close();
    fleet = await TestFleet.start(24800, ['node-a', 'node-b']);
    const ada = await publisher('camera');
    const sender = ada.client.sender;
    if (sender === null) throw new Error('no sender');
    sender.keyFramesOnRequest = true;
    await fleet.join('node-b');
    await fleet.publishState();
    await until('the relay', () => fleet.node('node-b').meetings.all[0]?.relay.connected === 1);
    const viewers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => fleet.join(index % 2 === 0 ? 'node-a' : 'node-b')),
    );
    await Promise.all(
      viewers.map(async (viewer) => {
        await until('the stream', () =>
          [...viewer.welcome.streams, ...viewer.all('stream_available').map(({ stream }) => stream)].some(
            ({ stream_id }) => stream_id === ada.id('camera'),
          ),
        );
        await viewer.watch(1, [ada.id('camera')]);
        const consumer = await viewer.receive(ada.id('camera'));
        await until('the first frame', () => viewer.packets(consumer) > 0);
      }),
    );
    expect(densest(sender.keyFrameRequests)).toBe(1);
  });
});

test('a publisher hears how its stream arrives, one figure for each encoding', async () => {
  const ada = await publisher('camera');
  const ben = await fleet.join('node-a');
  await ben.watch(1, [ada.id('camera')]);
  await until('the score', () => ada.client.all('score').length > 0);
  const [score] = ada.client.all('score');
  expect(score).toMatchObject({ stream_id: ada.id('camera') });
  await until('all encodings', () =>
    ada.client.all('score').some(({ scores }) => scores.length === 3 && scores.every((one) => one > 5)),
  );
  await ada.client.request({ type: 'pause', source: 'camera' });
  const told = ada.client.all('score').length;
  expect(told).toBeLessThanOrEqual(4);
});

test('of a picture that nobody watches there is no score: to stop sending it is no fault of the network', async () => {
  const ada = await publisher('camera');
  const ben = await fleet.join('node-a');
  await ben.watch(1, [ada.id('camera')]);
  await until('the score', () => (ada.client.all('score').at(-1)?.scores ?? []).some((one) => one > 5));
  await ben.watch(2, []);
  await until('the encoder to rest', () => ada.client.all('publish_layers').at(-1)?.layers === 0, 20_000);
  ada.client.sender?.setLayers(0);
  await until('no score', () => ada.client.all('score').at(-1)?.scores.length === 0, 5_000);
  ada.client.sender?.setLayers(3);
  await ben.watch(3, [ada.id('camera')]);
  await until('the score again', () => (ada.client.all('score').at(-1)?.scores ?? []).some((one) => one > 5));
});
