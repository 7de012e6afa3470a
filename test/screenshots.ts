// Pictures of every page for the documentation, of real people in a real meeting:
// node test/screenshots.ts [visitors] [members] [meeting]
import path from 'node:path';
import type { Page } from 'playwright-core';
import { startStack } from '../scripts/stack/stack.ts';
import { ASIDE, inMeeting, lookAway, PHONE, Photographer, picturesOf } from './browser/photographer.ts';
import { signInAs } from './browser/sign-in.ts';

const OUTPUT = path.resolve(process.env.SCREENSHOTS ?? path.join(import.meta.dirname, '../docs/images'));

const stack = await startStack({ ports: 'free', oidc: true, regions: ['eu-west'], logs: 'quiet' });
const artist = await Photographer.start(stack.url, OUTPUT);

async function codeOf(page: Page): Promise<string> {
  await page.waitForURL('**/j/*');
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

async function visitorPages(): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    const page = await artist.open(0, { scheme });
    const suffix = scheme === 'dark' ? '-dark' : '';
    await page.goto(stack.url);
    await page.getByTestId('sign-in').waitFor();
    await artist.shoot(page, `home${suffix}`);
    await page.goto(`${stack.url}/sign-in`);
    await page.getByTestId('sign-in-go').waitFor();
    await artist.shoot(page, `sign-in${suffix}`);
    await page.goto(`${stack.url}/nowhere`);
    await artist.shoot(page, `not-found${suffix}`);
    await page.context().close();
  }
  const phone = await artist.open(0, { viewport: PHONE });
  await phone.goto(stack.url);
  await phone.getByTestId('sign-in').waitFor();
  await artist.shoot(phone, 'home-phone');
  await phone.context().close();
}

async function memberPages(): Promise<void> {
  const page = await artist.open(0);
  await signInAs(page, stack.url, 'ada@example.com');
  for (const [title, days, time] of [
    ['Design review', 1, '10:00'],
    ['One to one with Ben', 1, '14:30'],
    ['Board meeting', 3, '09:00'],
  ] as const) {
    await page.goto(`${stack.url}/meetings/new`);
    await page.getByTestId('schedule-title').fill(title);
    const day = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    await page.getByTestId('schedule-date').fill(day);
    await page.getByTestId('schedule-time').fill(time);
    if (title === 'Design review') await artist.shoot(page, 'schedule');
    await page.getByTestId('schedule-create').click();
    await page.getByTestId('scheduled').waitFor();
    if (title === 'Design review') await artist.shoot(page, 'scheduled');
  }
  await page.goto(`${stack.url}/meetings`);
  await page.getByTestId('meeting-row').first().waitFor();
  await artist.shoot(page, 'meetings');
  await page.emulateMedia({ colorScheme: 'dark' });
  await artist.shoot(page, 'meetings-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(stack.url);
  await page.getByTestId('meeting-row').first().waitFor();
  await page.getByTestId('account').click();
  await artist.shoot(page, 'home-signed-in');
  await page.goto(`${stack.url}/api-keys`);
  await page.getByTestId('new-key').click();
  await page.getByTestId('key-name').fill('Calendar sync');
  await artist.shoot(page, 'api-key-new');
  await page.getByTestId('create-key').click();
  await page.getByTestId('api-key').waitFor();
  await page.keyboard.press('Escape');
  await artist.shoot(page, 'api-keys');
  await page.context().close();
}

async function meetingPages(): Promise<void> {
  const ada = await artist.open(0);
  await ada.goto(stack.url);
  await ada.getByTestId('new-meeting').click();
  const code = await codeOf(ada);
  await ada.getByTestId('display-name').fill('Ada Marsh');
  await ada.getByTestId('preview').waitFor();
  await artist.shoot(ada, 'device-check');
  await artist.join(ada, code, 0, true);
  await artist.shoot(ada, 'meeting-alone');

  const ben = await artist.open(1, { scheme: 'dark', viewport: ASIDE });
  await artist.join(ben, code, 1);
  await picturesOf(ada, 2);
  await artist.shoot(ada, 'meeting-two');

  await ada.getByTestId('more').click();
  await ada.getByTestId('options').click();
  await artist.shoot(ada, 'meeting-options');
  await ada.getByTestId('option-waiting-room').click();
  await ada.keyboard.press('Escape');

  const chiara = await artist.open(2, { viewport: ASIDE });
  await artist.knock(chiara, code, 2);
  await chiara.getByTestId('waiting').waitFor();
  await artist.shoot(chiara, 'waiting-room');
  await ada.getByTestId('waiting-banner').waitFor();
  await ada.getByTestId('participants').click();
  await artist.shoot(ada, 'waiting-room-host');
  await ada.getByTestId('admit').click();
  await inMeeting(chiara);
  await lookAway(chiara);
  await ada.getByTestId('more').click();
  await ada.getByTestId('options').click();
  await ada.getByTestId('option-waiting-room').click();
  await ada.keyboard.press('Escape');
  await ada.getByTestId('participants').click();

  const divya = await artist.open(3, { viewport: ASIDE });
  await artist.join(divya, code, 3);
  await lookAway(divya);
  await picturesOf(ada, 4);
  await divya.getByTestId('hand').click();
  await artist.shoot(ada, 'meeting');

  await ada.getByTestId('chat').click();
  await ben.getByTestId('chat').click();
  await ben.getByTestId('chat-input').fill('Morning! The agenda is at https://example.org/agenda');
  await ben.keyboard.press('Enter');
  await ada.getByTestId('chat-input').fill('Thanks, looking at it now.');
  await ada.keyboard.press('Enter');
  await ben.getByTestId('chat-recipient').selectOption({ label: 'Ada Marsh' });
  await ben.getByTestId('chat-input').fill('Can you hand over to me after the numbers?');
  await ben.keyboard.press('Enter');
  await ada.getByText('hand over').waitFor();
  await chiara.getByTestId('share').click();
  await ada.locator('[data-testid=tile][data-source=screen] video').waitFor();
  await picturesOf(ada, 4);
  await artist.shoot(ada, 'sharing-and-chat');
  await artist.shoot(ben, 'sharing-and-chat-dark');
  await chiara.getByTestId('share').click();
  await ada.getByTestId('chat').click();
  await ada.getByTestId('view').click();
  await ada.getByTestId('layout-speaker').click();
  await artist.shoot(ada, 'meeting-speaker');
  await ada.getByTestId('view').click();
  await ada.getByTestId('layout-auto').click();

  await ada.getByTestId('more').click();
  await ada.getByTestId('settings').click();
  await artist.shoot(ada, 'settings');
  await ada.keyboard.press('Escape');
  await ada.getByTestId('more').click();
  await ada.getByTestId('shortcuts').click();
  await artist.shoot(ada, 'shortcuts');
  await ada.keyboard.press('Escape');

  const more = [];
  for (const number of [4, 5, 6, 7, 8]) {
    const page = await artist.open(number, { viewport: number === 8 ? PHONE : ASIDE });
    await artist.join(page, code, number);
    if (number !== 8) await lookAway(page);
    more.push(page);
  }
  await picturesOf(ada, 9);
  await ada.getByTestId('participants').click();
  await ben.getByTestId('react').click();
  for (const reaction of ['celebrate', 'clap', 'heart']) {
    await ben.getByTestId(`react-${reaction}`).click();
    await ben.waitForTimeout(250);
  }
  await artist.shoot(ada, 'meeting-nine');
  await ben.keyboard.press('Escape');
  await ben.getByTestId('chat').click();
  await ben.getByTestId('participants').click();
  await artist.shoot(ben, 'meeting-dark');

  const phone = more.at(-1);
  if (!phone) throw new Error('nobody has a phone');
  await picturesOf(phone, 4);
  await artist.shoot(phone, 'meeting-phone');
  await phone.getByTestId('more').click();
  await artist.shoot(phone, 'meeting-phone-more');
  await phone.keyboard.press('Escape');
  await phone.getByTestId('chat').click();
  await artist.shoot(phone, 'meeting-phone-chat');

  await ada.getByTestId('leave').click();
  await ada.getByTestId('ended').waitFor();
  await artist.shoot(ada, 'ended');
}

const SETS = { visitors: visitorPages, members: memberPages, meeting: meetingPages };
const wanted = process.argv.slice(2);
try {
  for (const [name, shootSet] of Object.entries(SETS)) {
    if (wanted.length === 0 || wanted.includes(name)) await shootSet();
  }
} finally {
  await artist.close();
  await stack.close();
}
