import { describe, expect, it } from 'vitest';
import { until } from '../poll.ts';
import { useStack } from './fixture.ts';

/** What people do together in the meeting, as everybody sees it. */
describe('people in a meeting', () => {
  const { person } = useStack({ regions: ['eu-west'] });
  const silent = { microphone: false, camera: false };

  it('write to one another in private, and nobody else reads it', async () => {
    const [ada, ben, cleo] = await Promise.all([person(1), person(2), person(3)]);
    const code = await ada.createMeeting();
    await ada.join(code, silent);
    await ben.join(code, silent);
    await cleo.join(code, silent);
    await ada.say('for Ben alone', ben);
    await ada.say('for everybody');
    await until('the message to all', 5_000, async () => (await cleo.chatTexts()).includes('for everybody'));
    expect(await cleo.chatTexts()).toEqual(['for everybody']);
    await until('both messages', 5_000, async () => (await ben.chatTexts()).length === 2);
    expect(await ben.chatTexts()).toEqual(['for Ben alone', 'for everybody']);
    expect(await ben.page.getByTestId('chat-private').textContent()).toContain('to you only');
    expect(await ada.page.getByTestId('chat-private').textContent()).toContain('to Person 2 only');
  });

  it('raise their hands and react', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code, silent);
    await ben.join(code, silent);
    const id = await ben.participantId();
    await ben.page.getByTestId('hand').click();
    await ada.page
      .locator(`[data-testid=tile][data-participant-id="${id}"] [data-testid=tile-hand]`)
      .waitFor({ timeout: 5_000 });
    await ada.page.getByTestId('participants').click();
    await ada.page.getByTestId('row-hand').waitFor();
    await until('the tab says so', 5_000, async () => (await ada.page.title()).includes('Hand raised'));
    await ben.page.getByTestId('react').click();
    const shown = ada.page
      .locator('[data-testid=reaction][data-reaction=celebrate]')
      .waitFor({ timeout: 5_000 });
    await ben.page.getByTestId('react-celebrate').click();
    await shown;
    await ada.choose(id, 'lower-hand');
    await ben.page.locator('[data-testid=hand][aria-pressed=false]').waitFor({ timeout: 5_000 });
  });

  it('see who speaks large in the speaker layout', async () => {
    const [ada, ben, cleo] = await Promise.all([person(1), person(2), person(3)]);
    const code = await ada.createMeeting();
    await ada.join(code, { microphone: false });
    await ben.join(code);
    await cleo.join(code, { microphone: false });
    await ada.page.getByTestId('view').click();
    await ada.page.getByTestId('layout-speaker').click();
    const large = async () => {
      const boxes = await ada.page.getByTestId('tile').evaluateAll((tiles) =>
        tiles.map((tile) => ({
          id: tile.getAttribute('data-participant-id'),
          area: tile.clientWidth * tile.clientHeight,
        })),
      );
      return boxes.toSorted((a, b) => b.area - a.area)[0]?.id;
    };
    const [benId, cleoId] = [await ben.participantId(), await cleo.participantId()];
    await until('Ben is large', 15_000, async () => (await large()) === benId);
    await until(
      'Ben has the ring',
      10_000,
      async () =>
        (await ada.page
          .locator(`[data-testid=tile][data-participant-id="${benId}"][data-speaking=true]`)
          .count()) === 1,
    );
    await ben.page.getByTestId('mic').click();
    await cleo.page.getByTestId('mic').click();
    await until('Cleo is large', 15_000, async () => (await large()) === cleoId);
  });

  it('keep the element of their own picture where it goes into the corner and comes back', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code, { microphone: false });
    const corner = ada.page.getByTestId('floating-self');
    const own = ada.page.locator('[data-testid=tile][data-self=true] video');
    const first = await own.elementHandle();
    const isFirst = () => own.evaluate((video, before) => video === before, first);
    await ben.join(code, silent);
    await corner.waitFor();
    expect(await isFirst()).toBe(true);
    await ben.leave();
    await corner.waitFor({ state: 'detached' });
    expect(await isFirst()).toBe(true);
  });

  it('talk while they hold the space bar, and only then', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code, { microphone: false });
    await ben.join(code, silent);
    const id = await ada.participantId();
    await ada.page.locator('body').focus();
    await ada.page.keyboard.down(' ');
    await ben.expectToHear(ada);
    await ada.page.keyboard.up(' ');
    await ada.page.locator('[data-testid=mic][aria-pressed=false]').waitFor({ timeout: 5_000 });
    await until('nothing is heard', 5_000, async () => ((await ben.hears(id))?.level ?? -100) < -90);
  });

  it('receive sound alone when they ask for it', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await ada.expectToSee(ben);
    const tile = `[data-testid=tile][data-participant-id="${await ben.participantId()}"]`;
    await ada.page.getByTestId('more').click();
    await ada.page.getByTestId('audio-only').click();
    await ada.page.locator(`${tile} [data-testid=avatar]`).waitFor({ timeout: 5_000 });
    await ada.expectToHear(ben);
    await ada.page.getByTestId('more').click();
    await ada.page.getByTestId('audio-only').click();
    await ada.expectToSee(ben);
  });
});
