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

const peersOf = ({ sessionId }: Member) => peers().filter((peer) => peer.claims.sid === sessionId);
const gone = (member: Member, ms?: number) =>
  until('the peer to be gone', () => peersOf(member).length === 0, ms);

async function breakOff({ member, client }: { member: Member; client: MediaClient }): Promise<void> {
  client.loseSocket();
  await until('the node to see it', () => peersOf(member).every((peer) => !peer.attached));
}

describe('a session whose socket broke off', () => {
  test('goes on over another one: nothing is made anew, and what was said meanwhile is said again', async () => {
    const { member, client: ada } = await joined();
    const { member: ben, client: benHere } = await joined();
    await ada.publish('microphone');
    const voice = await benHere.receive(streamId(member.participantId, 'microphone'));
    const welcomes = ada.all('welcome').length;
    await breakOff({ member, client: ada });
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
    await gone(member);
  });

  test('does so although the node thinks the one before is open, and is told what the node has received', async () => {
    const { member, client } = await joined();
    const former = client.socket;
    const closed = new Promise<number>((resolve) => former.once('close', resolve));
    await client.watch(1, []);
    const asked = await client.resume(url());
    expect(await closed).toBe(CLOSE.replaced);
    await client.watch(2, []);
    await breakOff({ member, client });
    expect(await client.resume(url())).toBe(asked + 1);
    client.close();
    await gone(member);
  });

  test('ends after a while, and then is not to be had any more', { timeout: 30_000 }, async () => {
    const { member, client } = await joined();
    await breakOff({ member, client });
    await gone(member, PEER.linger + 2_000);
    await expect(client.resume(url())).rejects.toMatchObject({ code: 'session_expired' });
    expect(await client.closed()).toBe(CLOSE.sessionExpired);
    client.closeTransports();
  });

  test('is not given to a wrong key or a late try, where too much was lost, nor after a goodbye or a new hello', async () => {
    const { member, client } = await joined();
    const expired = { code: 'session_expired' };
    const stranger = fleet.track(await MediaClient.open(url()));
    await expect(
      stranger.resume(url(), { received: 1, key: 'x'.repeat(22), attempt: 1 }),
    ).rejects.toMatchObject(expired);
    await breakOff({ member, client });
    const key = client.welcome.resume_key;
    await expect(stranger.resume(url(), { received: 1_000, key, attempt: 1 })).rejects.toMatchObject(expired);
    await client.resume(url(), { attempt: 7 });
    await expect(stranger.resume(url(), { received: 1, key, attempt: 7 })).rejects.toMatchObject(expired);
    // Each is answered.
    for (let version = 1; version <= MEDIA_SOCKET.replay.frames; version++) await client.watch(version, []);
    await breakOff({ member, client });
    await expect(stranger.resume(url(), { received: 1, key, attempt: 8 })).rejects.toMatchObject(expired);

    const again = await fleet.join(NODE, member);
    await expect(client.resume(url())).rejects.toMatchObject(expired);
    again.close();
    await until('the goodbye', () => peersOf(member).every((peer) => !peer.attached));
    await expect(again.resume(url())).rejects.toMatchObject(expired);
    for (const one of [client, again, stranger]) one.closeTransports();
  });

  test('is one that says hello no second time', async () => {
    const { member, client } = await joined();
    const former = client.socket;
    const asked = await client.resume(url());
    await until('the former socket to be closed', () => former.readyState === former.CLOSED);
    await expect(client.hello(await fleet.token(member))).rejects.toMatchObject({ code: 'conflict' });
    const { resume_key: key = '' } = client.welcome;
    await expect(
      client.request({ type: 'resume_session', key, received: 0, attempt: 1 }),
    ).rejects.toMatchObject({
      code: 'conflict',
    });
    const heard = client.heard;
    await breakOff({ member, client });
    expect(await client.resume(url()), 'those two do not count').toBe(asked);
    expect(client.heard).toBe(heard);
    client.close();
    await gone(member);
  });

  test('is over with a flood of messages, and nothing of that is done any more', async () => {
    const { client } = await joined();
    for (let version = 1; version <= MEDIA_SOCKET.burst + 100; version++) {
      const wish = { v: 1, type: 'subscribe', version, streams: [] };
      client.socket.send(JSON.stringify(wish));
    }
    expect(await client.closed()).toBe(CLOSE.flooding);
    await expect(client.resume(url())).rejects.toMatchObject({ code: 'session_expired' });
    client.closeTransports();
  });

  test('leaves its streams to others until the client has come anew and they flow again', async () => {
    const { member, client: ada } = await joined();
    const { client: ben } = await joined();
    const first = await ada.publish('microphone');
    const voice = await ben.receive(first.stream_id);
    await breakOff({ member, client: ada });
    const again = await fleet.join(NODE, member);
    await ben.flows(voice);
    expect(ben.all('stream_removed')).toEqual([]);
    const second = await again.publish('microphone');
    await ben.flows(await ben.receive(second.stream_id, second.generation));
    ada.closeTransports();
    again.close();
    ben.close();
  });
});
