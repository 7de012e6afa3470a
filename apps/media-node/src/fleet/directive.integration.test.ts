import type { NodeLoad } from '@meridian/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestFleet } from '../testing/fleet.ts';
import { until } from '../testing/until.ts';

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await TestFleet.start(27_200, ['node-a']);
});
afterAll(() => fleet?.close());

const lastLoad = (): NodeLoad | undefined => {
  const last = fleet.control.cellMessages.at(-1);
  return last && 'load' in last ? last.load : undefined;
};
const words = () => fleet.room.events.filter((event) => event.type === 'draining');

test('an operator empties a node, which stays, and has it take people again', async () => {
  await fleet.join('node-a');
  await fleet.publishState();
  fleet.control.direct('node-a', 'drain');
  await until('the word to the room', () => words().length === 1);
  expect(words()[0]?.deadline).toBeGreaterThan(Date.now() + 60_000);
  await until('the word to the cell', () => lastLoad()?.state === 'draining');
  await expect(fleet.join('node-a')).rejects.toMatchObject({ code: 'no_capacity' });

  // With each registration it is said again, which is no news.
  fleet.control.direct('node-a', 'drain');
  fleet.control.direct('node-a', 'serve');
  await until('the word that it stays', () => words().length === 2);
  expect(words()[1]?.deadline).toBeNull();
  await until('heartbeats that say so', () => lastLoad()?.state === 'up');
  await fleet.join('node-a');

  // A room that was away hears what holds now.
  fleet.room.drop('node-a');
  await until('the word over the new link', () => words().length === 3);
  expect(words()[2]?.deadline).toBeNull();
  expect(fleet.node('node-a').meetings.draining).toBe(false);
});
