import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { overflow, seriousViolations } from '../browser/accessibility.ts';
import { signInAs } from '../browser/sign-in.ts';
import { useStack } from './fixture.ts';

const PHONE = { width: 360, height: 740 };

describe('every page', () => {
  const { stack, person } = useStack({ regions: ['eu-west'], oidc: true });

  /** Dark and light, and on the narrowest phone. */
  async function check(page: Page, what: string): Promise<void> {
    // What is half-way through an animation has neither colour.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.waitForFunction(() =>
        document.getAnimations().every((each) => each.playState !== 'running'),
      );
      expect(await seriousViolations(page), `${what}, ${colorScheme}`).toEqual([]);
    }
  }

  async function checkNarrow(page: Page, what: string): Promise<void> {
    const before = page.viewportSize();
    await page.setViewportSize(PHONE);
    expect(await overflow(page), `${what}, 360 px wide`).toBe(0);
    expect(await seriousViolations(page), `${what}, 360 px wide`).toEqual([]);
    if (before) await page.setViewportSize(before);
  }

  it('keeps nobody out: visitors', async () => {
    const { page } = await person(1);
    for (const path of [
      '/',
      '/sign-in',
      '/sign-in?error=forbidden',
      '/meetings',
      '/meetings/new',
      '/nowhere',
    ]) {
      await page.goto(stack().url + path);
      await page.locator('h1').waitFor();
      await page.getByTestId('appearance').waitFor();
      await check(page, path);
      await checkNarrow(page, path);
    }
    await page.goto(stack().url);
    await page.getByTestId('appearance').click();
    await check(page, 'the menu of appearances');
  });

  it('keeps nobody out: people with an account', async () => {
    const { page } = await person(1);
    await signInAs(page, stack().url, 'ada@example.com');
    await page.goto(`${stack().url}/meetings/new`);
    await page.getByTestId('schedule-title').fill('Review');
    await page.getByTestId('schedule-create').click();
    await page.getByTestId('scheduled').waitFor();
    await check(page, 'a scheduled meeting');
    await checkNarrow(page, 'a scheduled meeting');
    for (const path of ['/', '/meetings', '/api-keys']) {
      await page.goto(stack().url + path);
      await page.getByTestId(path === '/api-keys' ? 'new-key' : 'meeting-row').waitFor();
      await check(page, path);
      await checkNarrow(page, path);
    }
    await page.getByTestId('new-key').click();
    await check(page, 'the dialog of a new key');
    await page.goto(`${stack().url}/meetings`);
    await page.getByTestId('meeting-menu').click();
    await check(page, 'the menu of a meeting');
    await page.getByTestId('delete-meeting').click();
    await check(page, 'a question');
    await page.keyboard.press('Escape');
    await page.getByTestId('meeting-menu').click();
    await page.getByTestId('edit-meeting').click();
    await page.getByTestId('schedule-title').waitFor();
    await check(page, 'editing a meeting');
    await checkNarrow(page, 'editing a meeting');
  });

  it('keeps nobody out: the way into a meeting, and out of it', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.openLink(code);
    await ada.page.getByTestId('preview').waitFor();
    await check(ada.page, 'the device check');
    await checkNarrow(ada.page, 'the device check');
    await ada.join(code);
    await ada.page.getByTestId('more').click();
    await ada.page.getByTestId('options').click();
    await check(ada.page, 'the options');
    await ada.page.getByTestId('option-waiting-room').click();
    await ada.page.keyboard.press('Escape');
    await ben.knock(code);
    await ben.page.getByTestId('waiting').waitFor();
    await check(ben.page, 'the waiting room');
    await checkNarrow(ben.page, 'the waiting room');
    await ada.page.getByTestId('participants').click();
    await ada.page.getByTestId('waiting-list').waitFor();
    await check(ada.page, 'people who wait');
    await ben.page.getByTestId('leave').click();
    await ben.page.getByTestId('ended').waitFor();
    await check(ben.page, 'the farewell');
    await checkNarrow(ben.page, 'the farewell');
  });

  it('keeps nobody out: the meeting with its panels, menus and dialogs', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await check(ada.page, 'a meeting alone');
    await checkNarrow(ada.page, 'a meeting alone');
    await ben.join(code);
    await ada.expectToSee(ben);
    await ben.page.getByTestId('hand').click();
    const { page } = ada;
    await page.getByTestId('tile-hand').waitFor();
    await check(page, 'a meeting of two');
    await checkNarrow(page, 'a meeting of two');
    await page.getByTestId('chat').click();
    await ben.say('hello, see https://example.org');
    await ben.say('psst', ada);
    await page.getByTestId('chat-private').waitFor();
    await check(page, 'the chat');
    await checkNarrow(page, 'the chat');
    await page.getByTestId('participants').click();
    await check(page, 'the list of people');
    await checkNarrow(page, 'the list of people');
    for (const menu of ['more', 'view', 'react', 'leave-menu', 'quality', 'about', 'invite']) {
      await page.getByTestId(menu).click();
      await check(page, `what opens from ${menu}`);
      await page.keyboard.press('Escape');
    }
    for (const dialog of ['settings', 'shortcuts']) {
      await page.getByTestId('more').click();
      await page.getByTestId(dialog).click();
      await page.getByTestId(`${dialog}-dialog`).waitFor();
      await check(page, `the dialog ${dialog}`);
      await checkNarrow(page, `the dialog ${dialog}`);
      await page.keyboard.press('Escape');
    }
    await page.setViewportSize(PHONE);
    await page.keyboard.press('Escape');
    await page.getByTestId('more').click();
    await check(page, 'the sheet of a phone');
  });

  it('can be used with the keyboard alone', async () => {
    const ada = await person(1);
    const { page } = ada;
    const code = await ada.createMeeting();
    await ada.join(code);
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
    await page.getByTestId('more').focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('audio-only').waitFor();
    await expect.poll(focused).toBe('audio-only');
    await page.keyboard.press('End');
    await expect.poll(focused).toBe('settings');
    await page.keyboard.press('Enter');
    await page.getByTestId('settings-dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('settings-dialog').waitFor({ state: 'detached' });
    await expect.poll(focused).toBe('more');
    await page.keyboard.press('c');
    await page.getByTestId('chat-input').waitFor();
    await expect.poll(focused).toBe('chat-input');
    await page.keyboard.press('Escape');
    await page.getByTestId('chat-input').waitFor({ state: 'detached' });
    await expect.poll(focused).toBe('more');
  });
});
