import type { Page } from 'playwright-core';

/** Signs in through the development provider, as one of its accounts, the way a person does. */
export async function signInAs(page: Page, origin: string, account: string): Promise<void> {
  await page.goto(`${origin}/sign-in`);
  await page.getByTestId('sign-in-go').click();
  await page.locator(`button.account[value="${account}"]`).click();
  await page.waitForURL(`${origin}/**`);
  await page.getByTestId('account').waitFor();
}
