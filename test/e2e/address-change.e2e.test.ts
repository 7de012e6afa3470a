import { afterAll, beforeAll, expect, it } from 'vitest';
import { BrowserParticipant } from '../browser/participant.ts';
import { Fleet } from '../fleet/fleet.ts';
import { PEOPLE_WITH_BROWSERS } from '../fleet/places.ts';
import { MediaPlaces } from '../headless/media-places.ts';
import { until } from '../poll.ts';
import { expectFullMesh, MEDIA_DIRECTORY } from './fixture.ts';

const PREPARED_MS = 30_000;

let fleet: Fleet;
const people: { person: BrowserParticipant; places: MediaPlaces }[] = [];

beforeAll(async () => {
  fleet = await Fleet.start({ regions: ['eu-west'], nodesPerRegion: 2, stack: { logs: 'quiet' } });
  for (const number of [1, 2]) {
    const person = await BrowserParticipant.open({
      ...{ number, origin: fleet.url, mediaDirectory: MEDIA_DIRECTORY, plainSocketsAnywhere: true },
    });
    const places = new MediaPlaces();
    person.page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => places.sent(socket.url(), String(payload)));
    });
    people.push({ person, places });
  }
});
afterAll(async () => {
  await Promise.all(people.map(({ person }) => person.close()));
  await fleet?.close();
});

it('people who are on another network keep their sessions and standbys: all sockets break, nobody moves', async () => {
  const [ada, ben] = people.map(({ person }) => person);
  if (!ada || !ben) throw new Error('nobody is there');
  const code = await ada.createMeeting();
  await ada.join(code);
  await ben.join(code);
  await expectFullMesh([ada, ben]);
  for (const one of people) await standbyReady(one);
  const before = [await ada.identity(), await ben.identity()];
  const said: string[] = [];

  for (const change of ['first', 'second']) {
    await fleet.network.readdress(PEOPLE_WITH_BROWSERS);
    for (const one of [ada, ben]) {
      const text = `${one.name} after the ${change}`;
      said.push(text);
      await one.page.evaluate((what) => window.__meridian.meeting.sendChat(what), text);
    }
    await expectFullMesh([ada, ben]);
    for (const one of people) {
      await one.person.waitForStatus('connected');
      await standbyReady(one);
    }
  }
  expect([await ada.identity(), await ben.identity()]).toEqual(before);
  expect(
    people.map(({ places }) => places.visited.length),
    'sessions that took part',
  ).toEqual([1, 1]);
  for (const one of [ada, ben]) {
    const read = () =>
      one.page.evaluate(() => window.__meridian.meeting.snapshot.chat.map(({ text }) => text).toSorted());
    await until(
      `${one.name} has read everything`,
      PREPARED_MS,
      async () => (await read()).length >= said.length,
    );
    expect(await read()).toEqual(said.toSorted());
  }
});

function standbyReady({ person, places }: (typeof people)[number]): Promise<unknown> {
  const stats = () => person.page.evaluate(() => window.__meridian.meeting.stats());
  return until(
    `${person.name} has a standby`,
    PREPARED_MS,
    async () => (await stats())?.standby?.ready === true,
    async () => JSON.stringify({ visited: places.visited, standby: (await stats())?.standby }),
  );
}
