import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { BrowserParticipant } from '../browser/participant.ts';
import { Fleet } from '../fleet/fleet.ts';
import type { Conditions } from '../fleet/network/conditions.ts';
import { normalConditions, PEOPLE_WITH_BROWSERS } from '../fleet/places.ts';
import { MediaPlaces } from '../headless/media-places.ts';
import { until } from '../poll.ts';
import { MEDIA_DIRECTORY } from './fixture.ts';

/** Two layers, both watched by who has nobody else to look at; with what a room and a face take. */
const CAMERA = { width: 640, height: 360, fps: 15, seconds: 4, grain: true };
/** What two layers need, and from where on an estimate is believed as much, bits per second: `FOLLOWING` of the client. */
const FLOOR = 475_000;
const TRUSTED = FLOOR / 0.6;
/** Far from it, kbit/s. */
const NARROW = 300;
/** Of a voice that loses so many packets not much is left. */
const LOSSY = 0.4;
/** The client looks this often. */
const LOOKS_MS = 2_600;
/** Estimates grow by some percent a second; and a way counts as poor after some looks. */
const PATIENCE_MS = 60_000;

let fleet: Fleet;
const people: BrowserParticipant[] = [];

beforeAll(async () => {
  fleet = await Fleet.start({ regions: ['eu-west'], nodesPerRegion: 3, stack: { logs: 'quiet' } });
});
afterEach(() => Promise.all(people.splice(0).map((person) => person.close())));
afterAll(() => fleet?.close());

async function open(number: number): Promise<BrowserParticipant> {
  const person = await BrowserParticipant.open({
    ...{ number, origin: fleet.url, mediaDirectory: MEDIA_DIRECTORY, plainSocketsAnywhere: true },
    camera: CAMERA,
  });
  people.push(person);
  return person;
}

/** What ways between people and a node are like, and how to change the way up. */
function wayUp(nodeId: string) {
  const node = { name: nodeId, region: 'eu-west' };
  const normal = normalConditions({ name: PEOPLE_WITH_BROWSERS, region: 'eu-west' }, node);
  return (change: Partial<Conditions>) =>
    fleet.network.set(PEOPLE_WITH_BROWSERS, nodeId, { ...normal, ...change });
}

it('a connection that loses much on the way up is shown to the others as weak, until it is better', async () => {
  const [ada, ben] = [await open(1), await open(2)];
  const code = await ada.createMeeting();
  await ada.join(code);
  await ben.join(code);
  await ben.expectToSee(ada);
  await ada.expectToSee(ben);
  const mark = ben.page.locator(
    `[data-testid=tile][data-participant-id="${await ada.participantId()}"] [data-testid=tile-weak]`,
  );
  const sfu = await ada.page.evaluate(() => window.__meridian.meeting.stats());
  if (!sfu) throw new Error('nothing is connected');
  expect(await mark.count()).toBe(0);
  const setWayUp = wayUp(sfu.nodeId);
  await setWayUp({ loss: LOSSY });
  await until('the mark', PATIENCE_MS, () => mark.isVisible());
  await setWayUp({});
  await until('no mark', PATIENCE_MS, async () => !(await mark.isVisible()));
});

it('after a failover the estimate of the way up is held where the layers go on, until that is too much for it', async () => {
  const [ada, ben] = [await open(1), await open(2)];
  const places = new MediaPlaces();
  ada.page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => places.sent(socket.url(), String(payload)));
  });
  const code = await ada.createMeeting();
  await ada.join(code);
  await ben.join(code, { camera: false, microphone: false });
  await ben.expectToSee(ada);
  const stats = () => ada.page.evaluate(() => window.__meridian.meeting.stats());
  const estimate = async () => (await stats())?.connection.availableUp ?? 0;
  const standby = async () => {
    const prepared = (await stats())?.standby;
    return prepared?.ready ? prepared.nodeId : null;
  };
  const early = await until('a standby is ready', PATIENCE_MS, standby);
  let enoughSince: number | null = null;
  await until('enough can be sent, whenever the client looks', PATIENCE_MS, async () => {
    enoughSince = (await estimate()) > TRUSTED ? (enoughSince ?? performance.now()) : null;
    return enoughSince !== null && performance.now() - enoughSince > LOOKS_MS;
  });
  // It was prepared when less was known of the way up.
  await fleet.node(early).kill();
  await until('another standby is ready', PATIENCE_MS, async () => ![null, early].includes(await standby()));

  const first = await stats();
  if (!first) throw new Error('nothing is connected');
  await fleet.node(first.nodeId).kill();
  await until('the standby is in use', PATIENCE_MS, async () => places.visited.length === 2);
  await ben.expectToSee(ada);
  const second = await stats();
  if (!second) throw new Error('nothing is connected');
  expect(second.nodeId).not.toBe(first.nodeId);

  await wayUp(second.nodeId)({ rateKbps: NARROW });
  const held: number[] = [];
  await until('a session without the floor follows', PATIENCE_MS, async () => {
    const now = await estimate();
    if (places.visited.length > 2) return true;
    if (now > 0) held.push(now);
    return false;
  });
  expect(Math.min(...held)).toBeGreaterThanOrEqual(FLOOR);
  expect(held.at(-1)).toBeLessThan(1.2 * FLOOR);
  await until('the estimate is what the way up carries', PATIENCE_MS, async () => {
    const now = await estimate();
    return now > 0 && now < FLOOR;
  });
  expect(places.visited).toHaveLength(3);
  await ben.expectToSee(ada);
  await ben.expectToHear(ada);
});
