import { describe, expect, it } from 'vitest';
import { type BrowserParticipant, HD_CAMERA } from '../browser/participant.ts';
import { until } from '../poll.ts';
import { PLACES, useStack } from './fixture.ts';

/** Bits per second of what a browser sends, by source, all layers together. Between two looks a second apart. */
function sends(person: BrowserParticipant): Promise<Record<string, number>> {
  return person.page.evaluate(async () => {
    const { meeting } = window.__meridian;
    await meeting.stats();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const rates: Record<string, number> = {};
    for (const { source, bitrate } of (await meeting.stats())?.sent ?? []) {
      rates[source] = (rates[source] ?? 0) + bitrate;
    }
    return rates;
  });
}

/** Milliseconds from asking for video again to the first frame decoded of a camera. */
function timeToSeeAgain(person: BrowserParticipant): Promise<number> {
  return person.page.evaluate(async () => {
    const { meeting } = window.__meridian;
    const from = performance.now();
    meeting.setReceive({ audioOnly: false });
    for (;;) {
      const received = (await meeting.stats())?.received ?? [];
      if (received.some(({ framesDecoded }) => (framesDecoded ?? 0) > 0)) return performance.now() - from;
      if (performance.now() - from > 10_000) return Number.POSITIVE_INFINITY;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}

describe('a camera that nobody watches, on any node', () => {
  const { person } = useStack();

  it('is not encoded, is heard all the same, and is seen soon after somebody looks', async () => {
    const [ada, ben] = await Promise.all([
      person(1, { camera: HD_CAMERA }),
      person(2, { location: PLACES.ashburn }),
    ]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code, { camera: false });
    await ben.expectToSee(ada);
    expect((await sends(ada)).camera).toBeGreaterThan(50_000);

    await ben.page.evaluate(() => window.__meridian.meeting.setReceive({ audioOnly: true }));
    let last: Record<string, number> = {};
    await until(
      'the camera to rest',
      20_000,
      async () => {
        last = await sends(ada);
        return (last.camera ?? 0) === 0;
      },
      () => JSON.stringify(last),
    );
    expect((await sends(ada)).microphone).toBeGreaterThan(10_000);
    await ben.expectToHear(ada);
    // It is no pause: for her and for him it is on.
    const shown = (viewer: BrowserParticipant, id: string) =>
      viewer.page.evaluate((of) => {
        const { self, participants } = window.__meridian.meeting.snapshot;
        return [self, ...participants].find((one) => one.id === of)?.video;
      }, id);
    const adasId = await ada.participantId();
    expect([await shown(ada, adasId), await shown(ben, adasId)]).toEqual([true, true]);

    expect(await timeToSeeAgain(ben)).toBeLessThan(2_500);
    await ben.expectToSee(ada);
    await ben.expectToHear(ada);
  });
});
