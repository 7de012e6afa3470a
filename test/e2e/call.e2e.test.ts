import { describe, expect, it } from 'vitest';
import { HD_CAMERA } from '../browser/participant.ts';
import { pause, until } from '../poll.ts';
import { expectFullMesh, PLACES, useStack } from './fixture.ts';

describe('a call', () => {
  const { person } = useStack();

  it('of two, on one node: both see and hear each other', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await expectFullMesh([ada, ben]);
  });

  it('of two, across two nodes in two regions', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2, { location: PLACES.ashburn })]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await expectFullMesh([ada, ben]);
    expect(await ada.region()).toBe('eu-west');
    expect(await ben.region()).toBe('us-east');
  });

  it('of four, on one node', async () => {
    const [ada, ben, cleo, dan] = await Promise.all([person(1), person(2), person(3), person(4)]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await Promise.all([ben.join(code), cleo.join(code), dan.join(code)]);
    await expectFullMesh([ada, ben, cleo, dan]);
  });

  it('sends a 720p camera as three layers, of which the other node gets a readable one', async () => {
    const [ada, ben] = await Promise.all([
      person(1, { camera: HD_CAMERA }),
      person(2, { location: PLACES.ashburn }),
    ]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await ben.expectToSee(ada);
    await until(
      'all three layers are being sent',
      20_000,
      async () => (await ada.sentLayers()).length === 3,
      async () => JSON.stringify(await ada.sentLayers()),
    );
    expect(await ada.sentLayers()).toEqual([180, 360, 720]);
    await ben.expectToSee(ada);
  });

  it('of four, across two nodes; the last one joins late and sees all; a leaver is gone for all', async () => {
    const [ada, ben, cleo, dan] = await Promise.all([
      person(1),
      person(2, { location: PLACES.ashburn }),
      person(3),
      person(4, { location: PLACES.ashburn }),
    ]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await Promise.all([ben.join(code), cleo.join(code)]);
    await expectFullMesh([ada, ben, cleo]);

    await dan.join(code);
    await expectFullMesh([ada, ben, cleo, dan]);

    const gone = await ben.participantId();
    await ben.leave();
    for (const viewer of [ada, cleo, dan]) {
      await until(`${viewer.name} no longer shows ${ben.name}`, 5_000, async () => {
        const tiles = viewer.page.locator(`[data-testid=tile][data-participant-id="${gone}"]`);
        return (await tiles.count()) === 0;
      });
    }
    await expectFullMesh([ada, cleo, dan]);
  });

  it('mutes for real: silence on the wire, sound again after', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await ben.expectToHear(ada);
    const id = await ada.participantId();

    await ada.page.getByTestId('mic').click();
    await ben.page
      .locator(`[data-testid=tile][data-participant-id="${id}"] [data-testid=tile-muted]`)
      .waitFor({ timeout: 5_000 });
    await pause(1_000);
    const before = await ben.audioPacketsFrom(id);
    for (let i = 0; i < 10; i++) {
      const tone = await ben.hears(id);
      expect(tone === null || tone.level < -90, JSON.stringify(tone)).toBe(true);
      await pause(200);
    }
    expect(await ben.audioPacketsFrom(id)).toBe(before);

    await ada.page.getByTestId('mic').click();
    await ben.expectToHear(ada);
  });

  it('lets a host silence somebody, who can speak again only by their own choice', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await ada.expectToHear(ben);
    const id = await ben.participantId();

    await ada.page.getByTestId('participants').click();
    await ada.page
      .locator(`[data-testid=participant-row][data-participant-id="${id}"] [data-testid=mute-participant]`)
      .click();
    await until(`${ben.name} is silent`, 5_000, async () => {
      const tone = await ada.hears(id);
      return tone === null || tone.level < -90;
    });
    await ben.page.locator('[data-testid=mic][aria-pressed=false]').waitFor({ timeout: 5_000 });
    await ben.page.getByTestId('mic').click();
    await ada.expectToHear(ben);
  });

  it('turns a camera off for real, and on again', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await ben.expectToSee(ada);
    const tile = `[data-testid=tile][data-participant-id="${await ada.participantId()}"][data-source=camera]`;

    await ada.page.getByTestId('camera').click();
    await ben.page.locator(`${tile} [data-testid=avatar]`).waitFor({ timeout: 5_000 });
    expect(await ben.page.locator(`${tile} video`).count()).toBe(0);

    await ada.page.getByTestId('camera').click();
    await ben.expectToSee(ada);
  });

  it('shares a screen with somebody in another region, beside the camera', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2, { location: PLACES.ashburn })]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await ben.expectToSee(ada);
    const id = await ada.participantId();
    const shared = `[data-testid=tile][data-participant-id="${id}"][data-source=screen] video`;

    await ada.page.getByTestId('share').click();
    await until(`${ben.name} decodes the shared screen`, 20_000, () =>
      ben.page.evaluate((target) => {
        const video = document.querySelector(target);
        return (
          video instanceof HTMLVideoElement &&
          video.videoWidth >= 640 &&
          video.getVideoPlaybackQuality().totalVideoFrames > 3
        );
      }, shared),
    );
    await ben.expectToSee(ada);

    await ada.page.getByTestId('share').click();
    await ben.page.locator(shared).waitFor({ state: 'detached', timeout: 5_000 });
  });

  it('removes somebody at once: their media stops and they are told', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await ada.expectToSee(ben);
    const id = await ben.participantId();
    await ada.remove(id);
    await ben.page.locator('[data-testid=ended][data-reason=removed]').waitFor({ timeout: 5_000 });
    await until(`${ben.name} is gone`, 5_000, async () => {
      const tiles = ada.page.locator(`[data-testid=tile][data-participant-id="${id}"]`);
      return (await tiles.count()) === 0;
    });
  });

  it('lets somebody who closes the page go at once, not after the grace of a lost connection', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    const id = await ben.participantId();
    await ben.page.goto('about:blank');
    await until(`${ben.name} is gone`, 5_000, async () => {
      const tiles = ada.page.locator(`[data-testid=tile][data-participant-id="${id}"]`);
      return (await tiles.count()) === 0;
    });
  });

  it('ends for all when the host ends it', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await ada.endForAll();
    await ben.page.locator('[data-testid=ended][data-reason=meeting_ended]').waitFor({ timeout: 5_000 });
    await ada.page.locator('[data-testid=ended]').waitFor({ timeout: 5_000 });
  });

  it('carries chat to all, in one order', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code, { microphone: false, camera: false });
    await ben.join(code, { microphone: false, camera: false });
    await ada.say('hello');
    await until('the first message', 5_000, async () => (await ben.chatTexts()).includes('hello'));
    await ben.say('hi there');
    for (const viewer of [ada, ben]) {
      await until(
        `${viewer.name} has both messages`,
        5_000,
        async () => (await viewer.chatTexts()).join('|') === 'hello|hi there',
        async () => (await viewer.chatTexts()).join('|'),
      );
    }
  });
});
