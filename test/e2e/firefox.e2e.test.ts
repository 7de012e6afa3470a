import { afterEach, describe, expect, it } from 'vitest';
import { FirefoxParticipant } from '../browser/firefox-participant.ts';
import { until } from '../poll.ts';
import { useStack } from './fixture.ts';

/** A standby is made some seconds after the media it is for. */
const PATIENCE_MS = 30_000;

describe('a call between Firefox and Chromium', () => {
  // Firefox has no ICE candidates on loopback: on one machine it reaches a node by way of the TURN server.
  const { stack, person } = useStack({
    ...{ turn: true, regions: ['eu-west', 'us-east'] },
    nodeEnv: (_index, { id }) => ({ FAILURE_DOMAIN: `hall-of-${id}` }),
  });
  const foxes: FirefoxParticipant[] = [];
  afterEach(async () => {
    const errors = foxes.flatMap((fox) => fox.pageErrors);
    await Promise.all(foxes.splice(0).map((fox) => fox.close()));
    expect(errors).toEqual([]);
  });
  async function firefox(number: number): Promise<FirefoxParticipant> {
    const fox = await FirefoxParticipant.open({ number, origin: stack().url });
    foxes.push(fox);
    return fox;
  }

  it('both see and hear each other, also when the media node of one dies', async () => {
    const [ada, fay] = await Promise.all([person(1), firefox(2)]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await fay.join(code);
    const expectCall = async () => {
      await ada.expectToSee(fay, PATIENCE_MS);
      await ada.expectToHear(fay, PATIENCE_MS);
      await fay.expectToSee(ada, PATIENCE_MS);
      await fay.expectToHear(ada, PATIENCE_MS);
    };
    await expectCall();

    const before = await until(
      `${fay.name} has a hot standby`,
      PATIENCE_MS,
      async () => {
        const place = await placeOf(fay);
        return place?.standby?.tier === 'hot' && place.standby.ready && place;
      },
      async () => JSON.stringify(await placeOf(fay)),
    );
    await stack()
      .nodes.find(({ id }) => id === before.nodeId)
      ?.kill('SIGKILL');
    await until(
      `${fay.name} is at ${before.standby?.nodeId}`,
      PATIENCE_MS,
      async () => (await placeOf(fay))?.nodeId === before.standby?.nodeId,
      async () => JSON.stringify(await placeOf(fay)),
    );
    await expectCall();
  });
});

function placeOf({ page }: FirefoxParticipant) {
  return page.evaluate(async () => {
    const stats = await window.__meridian.meeting.stats();
    return stats && { nodeId: stats.nodeId, standby: stats.standby };
  });
}
