import { CLOSE, streamId } from '@meridian/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MEDIA_SOCKET, PEER } from '../config.ts';
import { TestFleet } from '../testing/fleet.ts';
import { MediaClient } from '../testing/media-client.ts';
import { until } from '../testing/until.ts';

const NODE = 'node-a';

let fleet: TestFleet;

beforeAll(async () => {
  fleet = await TestFleet.start(24_700, [NODE]);
});
afterAll(() => fleet.close());

type Member = ReturnType<TestFleet['member']>;

const url = () => fleet.url(NODE);
const peers = () => fleet.node(NODE).meetings.all.flatMap((meeting) => meeting.peers);
const reported = (member: Member) =>
  fleet.room.events
    .filter((event) => event.type === 'peer_state' && event.participant_id === member.participantId)
    .map((event) => event.type === 'peer_state' && event.connected);

async function joined(): Promise<{ member: Member; client: MediaClient }> {
  const member = fleet.member();
  const client = await fleet.join(NODE, member);
  return { member, client };
}

async function breakOff(client: MediaClient): Promise<void> {
  const away = () => peers().filter((peer) => !peer.attached).length;
  const before = away();
  client.loseSocket();
  await until('the node to see it', () => away() > before);
}

describe('a session whose socket broke off', () => {
  test('goes on over another one: nothing is made anew, and what was said meanwhile is said again', async () => {
    const { member, client: ada } = await joined();
    const { member: ben, client: benHere } = await joined();
    await ada.publish('microphone');
    const voice = await benHere.receive(streamId(member.participantId, 'microphone'));
    const welcomes = ada.all('welcome').length;
    await breakOff(ada);
    // Two of these are for ada, who is away.
    await benHere.publish('microphone');
    await until('the report', () => reported(member).at(-1) === false);
    const before = ada.heard;
    await ada.resume(url());
    await until('what was said meanwhile', () =>
      ada
        .all('stream_available')
        .some(({ stream }) => stream.stream_id === streamId(ben.participantId, 'microphone')),
    );
    expect(ada.heard).toBeGreaterThan(before);
    await ada.flows(await ada.receive(streamId(ben.participantId, 'microphone')));
    await benHere.flows(voice);
    expect(ada.all('welcome')).toHaveLength(welcomes);
    expect(benHere.all('stream_removed')).toEqual([]);
    await until('the report', () => reported(member).at(-1) === true);
    ada.close();
    benHere.close();
    await until('everybody to be gone', () => peers().length === 0);
  });

  test('does so although the node thinks the one before is open, and is told what the node has received', async () => {
    const { client } = await joined();
    const former = client.socket;
    const closed = new Promise<number>((resolve) => former.once('close', resolve));
    await client.watch(1, []);
    const asked = await client.resume(url());
    expect(await closed).toBe(CLOSE.replaced);
    await client.watch(2, []);
    await breakOff(client);
    expect(await client.resume(url())).toBe(asked + 1);
    client.close();
    await until('everybody to be gone', () => peers().length === 0);
  });

  test('ends after a while, and then is not to be had any more', { timeout: 30_000 }, async () => {
    const { client } = await joined();
    await breakOff(client);
    await until('the end', () => peers().length === 0, PEER.linger + 2_000);
    await expect(client.resume(url())).rejects.toMatchObject({ code: 'session_expired' });
    expect(await client.closed()).toBe(CLOSE.sessionExpired);
    client.closeTransports();
  });

  test('is not given to a wrong key, nor where too much was lost, nor after a goodbye or a new hello', async () => {
    const { member, client } = await joined();
    const expired = { code: 'session_expired' };
    const stranger = fleet.track(await MediaClient.open(url()));
    await expect(stranger.resume(url(), { received: 1, key: 'x'.repeat(22) })).rejects.toMatchObject(expired);
    await breakOff(client);
    const key = client.welcome.resume_key;
    await expect(stranger.resume(url(), { received: 1_000, key })).rejects.toMatchObject(expired);
    await client.resume(url());
    // Each is answered.
    for (let version = 1; version <= MEDIA_SOCKET.replay.frames; version++) await client.watch(version, []);
    await breakOff(client);
    await expect(stranger.resume(url(), { received: 1, key })).rejects.toMatchObject(expired);

    const again = await fleet.join(NODE, member);
    await expect(client.resume(url())).rejects.toMatchObject(expired);
    again.close();
    await until('everybody to be gone', () => peers().length === 0);
    await expect(again.resume(url())).rejects.toMatchObject(expired);
    for (const one of [client, again, stranger]) one.closeTransports();
  });

  test('is one that says hello no second time', async () => {
    const { member, client } = await joined();
    await expect(client.hello(await fleet.token(member))).rejects.toMatchObject({ code: 'conflict' });
    const { resume_key: key = '' } = client.welcome;
    await expect(client.request({ type: 'resume_session', key, received: 0 })).rejects.toMatchObject({
      code: 'conflict',
    });
    await client.watch(1, []);
    client.close();
  });
});
