import { setTimeout as pause } from 'node:timers/promises';
import { type Source, streamId } from '@meridian/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STANDBY } from './config.ts';
import { TestFleet } from './testing/fleet.ts';
import { MediaClient } from './testing/media-client.ts';
import { until } from './testing/until.ts';

/** Two nodes; who is at the first one has a standby at the second. */
let fleet: TestFleet;

beforeAll(async () => {
  fleet = await TestFleet.start(25_400, ['node-1', 'node-2']);
});
afterAll(() => fleet.close());

type Member = ReturnType<TestFleet['member']>;

const prepare = async (member: Member, encodings = 1) =>
  fleet.track(await MediaClient.prepare(fleet.url('node-2'), await fleet.token(member), encodings));
const meetingAt = (node: string) => fleet.node(node).meetings.all.find(({ id }) => id === fleet.meetingId);
const streamOf = (member: Member, source: Source) => streamId(member.participantId, source);
/** Every stream a client has been told of, again with each generation. */
const told = (client: MediaClient) => [
  ...client.welcome.streams,
  ...client.all('stream_available').map(({ stream }) => stream),
];
const reports = (member: Member) =>
  fleet.room.events.filter(
    (message) => message.type === 'peer_state' && message.participant_id === member.participantId,
  );

describe('a standby', () => {
  test('is seen, heard and counted by nobody, and takes over in one step', async () => {
    const [ada, ben] = [fleet.member(), fleet.member()];
    await fleet.publishState();
    const [adaHere, benHere] = [await fleet.join('node-1', ada), await fleet.join('node-1', ben)];
    await adaHere.publish('microphone');
    const live = await adaHere.publish('camera');
    await benHere.watch(1, [streamOf(ada, 'camera')]);
    await benHere.flows(await benHere.receive(streamOf(ada, 'camera')));
    const onlooker = await fleet.join('node-2');
    await until('the relay', () => told(onlooker).length >= 2);

    const adaThere = await prepare(ada);
    const benThere = await prepare(ben);
    const reported = reports(ada).length;
    await adaThere.publish('microphone');
    const prepared = await adaThere.publish('camera');
    await benThere.watch(1, [streamOf(ada, 'camera')]);
    const [voice, picture] = [
      await benThere.receive(streamOf(ada, 'microphone')),
      await benThere.receive(streamOf(ada, 'camera')),
    ];
    expect(picture.generation).toBe(prepared.generation);
    const { standbys, participants } = fleet.node('node-2').meetings;
    expect({ standbys, participants }).toEqual({ standbys: 2, participants: 1 });
    const generations = () =>
      told(onlooker)
        .filter((stream) => stream.stream_id === live.stream_id)
        .map((stream) => stream.generation);
    expect(generations()).toEqual([live.generation]);
    expect(reports(ada)).toHaveLength(reported);

    const consumers = benThere.all('consumer').length;
    await adaThere.activate();
    await until('the warning', () => benThere.all('others_came').length === 1);
    await benThere.activate();
    await benThere.flows(picture);
    await benThere.flows(voice);
    expect(benThere.all('consumer'), 'nothing was negotiated').toHaveLength(consumers);
    await until('the announcement', () => generations().length === 2);
    expect(generations()[1]).toBeGreaterThan(live.generation);
    await until('the report', () => reports(ada).length > reported);
    expect(fleet.node('node-2').meetings).toMatchObject({ standbys: 0, participants: 3 });
    // The old generation goes, at the node where it was published, too.
    await onlooker.watch(1, [streamOf(ada, 'camera')]);
    await onlooker.flows(await onlooker.receive(streamOf(ada, 'camera'), generations()[1]));
    for (const client of [adaHere, benHere, adaThere, benThere, onlooker]) client.close();
    await until('everybody to be gone', () => fleet.node('node-2').meetings.participants === 0);
  });

  test('starts with what its way down has carried elsewhere, and keeps to it until it knows better', async () => {
    const [ada, ben] = [fleet.member(), fleet.member()];
    await fleet.publishState();
    const clients = [await prepare(ada), await prepare(ben)];
    await clients[0]?.activate({ received_bitrate: 800_000 });
    await clients[1]?.activate();
    const floors = () =>
      Promise.all(
        [ada, ben].map(async ({ participantId }) => {
          const peer = meetingAt('node-2')?.peers.find(({ claims }) => claims.sub === participantId);
          const [stats] = (await peer?.recvTransport.getStats()) ?? [];
          return stats?.minOutgoingBitrate;
        }),
      );
    await until('the floor', async () => (await floors())[0] === 800_000);
    expect(await floors()).toEqual([800_000, undefined]);
    await until('the end of it', async () => (await floors())[0] === undefined, STANDBY.floorFor + 2_000);
    for (const client of clients) client.close();
    await until('everybody to be gone', () => fleet.node('node-2').meetings.participants === 0);
  });

  test.each([true, false])('hears when its video can be taken, if it waits for that: %s', async (waits) => {
    const [ada, ben] = [fleet.member(), fleet.member()];
    await fleet.publishState();
    const [adaThere, benThere] = [await prepare(ada), await prepare(ben)];
    await adaThere.publish('camera');
    await adaThere.activate({ waits });
    const before = adaThere.all('publish_layers').length;
    await benThere.activate();
    await benThere.watch(1, [streamOf(ada, 'camera')]);
    await benThere.flows(await benThere.receive(streamOf(ada, 'camera')));
    expect(before).toBe(waits ? 0 : 1);
    expect(adaThere.all('publish_layers').at(-1)?.layers).toBe(1);
    for (const client of [adaThere, benThere]) client.close();
    await until('everybody to be gone', () => fleet.node('node-2').meetings.participants === 0);
  });

  test('of somebody muted stays silent, and so does one whom a host has muted meanwhile', async () => {
    const [ada, ben, cleo] = [fleet.member(), fleet.member(), fleet.member()];
    await fleet.publishState();
    const [adaThere, benThere, cleoThere] = [await prepare(ada), await prepare(ben), await prepare(cleo)];
    await adaThere.publish('microphone', true);
    await benThere.publish('microphone');
    await fleet.publishState({ hardMuted: new Map([[ben.sessionId, ['microphone']]]) });
    await until('the word of the room', () =>
      [...(meetingAt('node-2')?.prepared.all.values() ?? [])].every(({ stream }) => stream.paused),
    );
    await cleoThere.watch(1, []);
    const consumers = [
      await cleoThere.receive(streamOf(ada, 'microphone')),
      await cleoThere.receive(streamOf(ben, 'microphone')),
    ];
    for (const client of [cleoThere, adaThere, benThere]) await client.activate();
    await pause(300);
    expect(consumers.map((consumer) => cleoThere.packets(consumer))).toEqual([0, 0]);
    const announced = told(cleoThere).map((stream) => stream.paused);
    expect(announced.length).toBeGreaterThan(0);
    expect(announced).not.toContain(false);
    for (const client of [adaThere, benThere, cleoThere]) client.close();
    await until('everybody to be gone', () => fleet.node('node-2').meetings.participants === 0);
  });

  test('goes with its session, with a goodbye, and when its participant comes otherwise', async () => {
    const ada = fleet.member();
    await fleet.publishState();
    const first = await prepare(ada);
    const second = await prepare(ada);
    expect(await first.closed(), 'there is one for each session').toBe(4409);
    second.close();
    await until('it to be gone', () => fleet.node('node-2').meetings.standbys === 0);
    const third = await prepare(ada);
    await fleet.publishState({ revoked: [{ session_id: ada.sessionId, min_gen: 2 }] });
    expect(await third.closed()).toBe(4403);

    const ben = fleet.member();
    await fleet.publishState();
    const standby = await prepare(ben);
    const here = await fleet.join('node-2', ben);
    expect(await standby.closed()).toBe(4409);
    await expect(prepare(ben)).rejects.toMatchObject({ code: 'conflict' });
    here.close();
    await until('everybody to be gone', () => fleet.node('node-2').meetings.participants === 0);
    expect(fleet.node('node-2').meetings.standbys).toBe(0);
    expect([...(meetingAt('node-2')?.prepared.all.keys() ?? [])]).toEqual([]);
  });

  test('prepares nothing without a wish, and keeps the meeting hosted', async () => {
    const [ada, ben] = [fleet.member(), fleet.member()];
    await fleet.publishState();
    const adaThere = await prepare(ada);
    await adaThere.publish('microphone');
    const benThere = await prepare(ben);
    await pause(200);
    expect(benThere.all('consumer')).toEqual([]);
    expect(meetingAt('node-2')?.wanted).toBe(true);
    await Promise.all([adaThere.activate(), benThere.activate()]);
    await benThere.flows(await benThere.receive(streamOf(ada, 'microphone')));
    adaThere.close();
    benThere.close();
  });
});
