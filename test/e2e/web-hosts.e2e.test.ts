import { describe, expect, it } from 'vitest';
import type { BrowserParticipant } from '../browser/participant.ts';
import { until } from '../poll.ts';
import { useStack } from './fixture.ts';

/** What hosts can do, as both sides see it. */
describe('a host', () => {
  const { person } = useStack({ regions: ['eu-west'] });

  async function pair(): Promise<{ ada: BrowserParticipant; ben: BrowserParticipant; code: string }> {
    const [ada, ben] = await Promise.all([person(1), person(2)]);
    const code = await ada.createMeeting();
    await ada.join(code);
    return { ada, ben, code };
  }

  async function option(host: BrowserParticipant, testId: string): Promise<void> {
    await host.page.getByTestId('more').click();
    await host.page.getByTestId('options').click();
    const field = host.page.getByTestId(testId);
    const before = await field.isChecked();
    await field.click();
    await until(`${testId} has changed`, 5_000, async () => (await field.isChecked()) !== before);
    await host.page.keyboard.press('Escape');
  }

  it('lets people in from the waiting room, and turns others away', async () => {
    const { ada, ben, code } = await pair();
    await option(ada, 'option-waiting-room');
    await ben.knock(code);
    await ben.page.locator('[data-testid=waiting][data-reason=waiting_room]').waitFor({ timeout: 10_000 });
    await ben.page.getByTestId('preview').waitFor();
    await ada.page.getByTestId('waiting-banner').getByText('Person 2 wants to join').waitFor();
    await ada.page.getByTestId('banner-admit').click();
    await ben.waitForStatus('connected');
    await ada.expectToSee(ben);
    await ben.expectToHear(ada);

    const cleo = await person(3);
    await cleo.knock(code);
    await cleo.page.getByTestId('waiting').waitFor({ timeout: 10_000 });
    await ada.page.getByTestId('participants').click();
    await ada.page.getByTestId('waiting-list').getByTestId('deny').click();
    await cleo.page.locator('[data-testid=ended][data-reason=denied]').waitFor({ timeout: 5_000 });
    await ada.page.getByTestId('waiting-list').waitFor({ state: 'detached', timeout: 5_000 });
  });

  it('silences somebody, whom nobody but themselves can switch on again', async () => {
    const { ada, ben, code } = await pair();
    await ben.join(code);
    await ada.expectToHear(ben);
    const id = await ben.participantId();
    await ada.choose(id, 'mute');
    await ben.page.locator('[data-testid=mic][aria-pressed=false]').waitFor({ timeout: 5_000 });
    await until('nothing is heard', 5_000, async () => ((await ada.hears(id))?.level ?? -100) < -90);

    await ada.choose(id, 'ask-to-unmute');
    await ben.page.getByTestId('unmute-asked').waitFor({ timeout: 5_000 });
    expect(await ben.page.getByTestId('mic').getAttribute('aria-pressed')).toBe('false');
    await ben.page.getByTestId('unmute-asked').click();
    await ada.expectToHear(ben);
  });

  it('keeps people silent who may not unmute themselves', async () => {
    const { ada, ben, code } = await pair();
    await ben.join(code, { microphone: false });
    await ada.page.getByTestId('more').click();
    await ada.page.getByTestId('options').click();
    await ada.page.getByLabel('People may unmute themselves').click();
    await ada.page.keyboard.press('Escape');
    await until('the option has reached him', 5_000, () =>
      ben.page.evaluate(() => !window.__meridian.meeting.snapshot.capabilities.canUnmute),
    );
    await ben.page.getByTestId('mic').click();
    await ben.page.getByTestId('toast').getByText('does not let people unmute').waitFor();
    expect(await ben.page.getByTestId('mic').getAttribute('aria-pressed')).toBe('false');
  });

  it('locks the door, and unlocks it', async () => {
    const { ada, ben, code } = await pair();
    await ada.page.getByTestId('participants').click();
    await ada.page.getByTestId('lock').click();
    await ada.page.locator('[data-testid=lock][aria-pressed=true]').waitFor({ timeout: 5_000 });
    await ben.knock(code);
    await ben.page.getByTestId('error').getByText('locked').waitFor({ timeout: 10_000 });
    await ada.page.getByTestId('lock').click();
    await ada.page.locator('[data-testid=lock][aria-pressed=false]').waitFor({ timeout: 5_000 });
    await ben.page.getByTestId('join-now').click();
    await ben.waitForStatus('connected');
  });

  it('shares the role, and removes for good', async () => {
    const { ada, ben, code } = await pair();
    await ben.join(code);
    const id = await ben.participantId();
    await ada.choose(id, 'make-co-host');
    await until('he may moderate', 5_000, () =>
      ben.page.evaluate(() => window.__meridian.meeting.snapshot.capabilities.canModerate),
    );
    await ada.remove(id);
    await ben.page.locator('[data-testid=ended][data-reason=removed]').waitFor({ timeout: 5_000 });
    await ben.page.goto('about:blank');
    expect(await ada.page.locator(`[data-testid=tile][data-participant-id="${id}"]`).count()).toBe(0);
  });
});
