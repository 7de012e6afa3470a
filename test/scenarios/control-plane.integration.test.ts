import { describe, expect, it } from 'vitest';
import { brokenSounds, moved } from '../fleet/invariants.ts';
import { CONTROL, FLEET_REGIONS } from '../fleet/places.ts';
import { pause } from '../poll.ts';
import { expectAllToHear, expectChat, expectNone, outage, TIMEOUT, useCall } from './fixture.ts';

/** More than that would be heard as a gap. A machine that is busy with everything at once has longer hiccups. */
const GAP = 1_000;

/** Every host of the fleet but the control plane. */
const WORLD = FLEET_REGIONS.map(({ id }) => id);

describe('a call of forty on six nodes in three regions', { timeout: TIMEOUT }, () => {
  const call = useCall({ people: 40, speakers: 8, cameras: 4 });
  let latest = 40;

  /** Runs `trouble`, and expects that nobody in the call could tell by what they hear and see. */
  async function unnoticed(trouble: () => Promise<void>): Promise<void> {
    const crowd = call.crowd();
    const before = await expectAllToHear(crowd, call.speakers);
    await crowd.reset();
    await trouble();
    const after = await crowd.reports();
    expectNone(moved(before, after));
    expectNone(brokenSounds(after, GAP));
    await expectAllToHear(crowd, call.speakers);
    expectNone(moved(before, await crowd.reports()));
  }

  async function deliveryOf(text: string): Promise<string | undefined> {
    const messages = (await call.crowd().reports()).flatMap(({ chat }) => chat);
    return messages.find((message) => message.text === text)?.delivery;
  }

  /** Somebody comes, hears and is heard. */
  async function somebodyJoins(): Promise<void> {
    latest += 1;
    const region = FLEET_REGIONS[latest % FLEET_REGIONS.length]?.id ?? 'eu-west';
    await call.crowd().join([{ number: latest, region, microphone: true, camera: false, watches: 1 }]);
    await expectAllToHear(call.crowd(), [...call.speakers, latest]);
    await call.crowd().leave(latest);
  }

  it('does not notice when every object of the control plane is deployed anew', async () => {
    await unnoticed(async () => {
      await call.crowd().say(1, 'before the deployment');
      await call.fleet().stack.restartEdge();
      await call.crowd().say(2, 'after the deployment');
      await expectAllToHear(call.crowd(), call.speakers);
    });
    await expectChat(call.crowd(), ['before the deployment', 'after the deployment']);
    await somebodyJoins();
  });

  it('goes on while the control plane is cut off, and people can join when it is back', async () => {
    await unnoticed(async () => {
      await call.fleet().cut(CONTROL, WORLD);
      await call.crowd().say(3, 'while cut off');
      await pause(outage(60_000, 15_000));
      expect(await deliveryOf('while cut off')).toBe('pending');
      await call.fleet().heal();
      await expectAllToHear(call.crowd(), call.speakers, 40_000);
    });
    await somebodyJoins();
    await expectChat(call.crowd(), ['while cut off']);
  });

  it('does not notice that Postgres is away, and people can join meanwhile', async () => {
    await unnoticed(async () => {
      await call.fleet().stack.postgres.stop();
      await call.crowd().say(4, 'without a database');
      await somebodyJoins();
      await pause(outage(60_000, 5_000));
      await call.fleet().stack.postgres.start();
    });
    await expectChat(call.crowd(), ['without a database']);
    expect(await call.crowd().reports()).toHaveLength(40);
  });
});
