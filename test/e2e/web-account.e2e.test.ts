import { describe, expect, it } from 'vitest';
import { signInAs } from '../browser/sign-in.ts';
import { until } from '../poll.ts';
import { useStack } from './fixture.ts';

describe('somebody with an account', () => {
  const { stack, person } = useStack({ regions: ['eu-west'], oidc: true });

  it('signs in, schedules, finds the meeting in the list, changes it, and is its host without a key', async () => {
    const ada = await person(1);
    const { page } = ada;
    await signInAs(page, stack().url, 'ada@example.com');

    await page.getByTestId('schedule').click();
    await page.getByTestId('schedule-title').fill('Quarterly review');
    const tomorrow = new Date(Date.now() + 24 * 60 * 60_000).toISOString().slice(0, 10);
    await page.getByTestId('schedule-date').fill(tomorrow);
    await page.getByTestId('schedule-password').selectOption('none');
    await page.getByTestId('schedule-create').click();
    const code = await page.getByTestId('scheduled-code').textContent();

    await page.goto(`${stack().url}/meetings`);
    const row = page.locator(`[data-testid=meeting-row][data-code="${code}"]`);
    await row.getByText('Quarterly review').waitFor();
    await row.getByTestId('meeting-menu').click();
    const calendar = await page.evaluate(async () => {
      const link = document.querySelector<HTMLAnchorElement>('a[href$="invite.ics"]');
      return (await fetch(link?.href ?? '')).text();
    });
    expect(calendar).toContain('SUMMARY:Quarterly review');
    await page.getByTestId('edit-meeting').click();
    await page.getByTestId('schedule-title').fill('Yearly review');
    await page.getByTestId('schedule-create').click();
    await page.getByTestId('scheduled').getByText('Yearly review').waitFor();

    // Another browser of hers has no host key: the account is what counts.
    const elsewhere = await person(2);
    await signInAs(elsewhere.page, stack().url, 'ada@example.com');
    await elsewhere.join(code ?? '', { microphone: false, camera: false });
    expect(
      await elsewhere.page.evaluate(() => window.__meridian.meeting.snapshot.capabilities.canEndMeeting),
    ).toBe(true);
    await elsewhere.leave();

    await page.goto(`${stack().url}/meetings`);
    await row.getByTestId('meeting-menu').click();
    await page.getByTestId('delete-meeting').click();
    await page.getByTestId('confirm').click();
    await row.waitFor({ state: 'detached' });
  });

  it('makes an API key, uses it, revokes it', async () => {
    const ada = await person(1);
    const { page } = ada;
    await signInAs(page, stack().url, 'ada@example.com');
    await page.goto(`${stack().url}/api-keys`);
    await page.getByTestId('new-key').click();
    await page.getByTestId('key-name').fill('Calendar');
    await page.getByTestId('create-key').click();
    const key = await page.getByTestId('api-key').textContent();
    const ask = () =>
      fetch(`${stack().url}/api/v1/me`, { headers: { authorization: `Bearer ${key}` } }).then(
        ({ status }) => status,
      );
    expect(await ask()).toBe(200);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByTestId('api-key-row').getByTestId('revoke-key').click();
    await page.getByTestId('confirm').click();
    await page.getByTestId('api-key-row').waitFor({ state: 'detached' });
    await until('the key is refused', 15_000, async () => (await ask()) === 401);
  });

  it('signs out', async () => {
    const ada = await person(1);
    const { page } = ada;
    await signInAs(page, stack().url, 'ben@example.com');
    await page.getByTestId('account').click();
    await page.getByTestId('sign-out').click();
    await page.getByTestId('sign-in').waitFor();
    await page.reload();
    await page.getByTestId('sign-in').waitFor();
  });
});
