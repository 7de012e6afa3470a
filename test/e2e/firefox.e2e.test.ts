import { afterEach, describe, expect, it } from 'vitest';
import { FirefoxParticipant } from '../browser/firefox-participant.ts';
import { useStack } from './fixture.ts';

describe('a call between Firefox and Chromium', () => {
  // Firefox has no ICE candidates on loopback: on one machine it reaches a node by way of the TURN server.
  const { stack, person } = useStack({ turn: true, regions: ['eu-west'] });
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

  it('both see and hear each other', async () => {
    const [ada, fay] = await Promise.all([person(1), firefox(2)]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await fay.join(code);
    await ada.expectToSee(fay);
    await ada.expectToHear(fay);
    await fay.expectToSee(ada);
    await fay.expectToHear(ada);
  });
});
