// Pictures of every page for the documentation: node test/screenshots.ts [names…]. Real people in a real meeting.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { startStack } from '../scripts/stack/stack.ts';
import { CHROMIUM, CHROMIUM_FLAGS } from './browser/participant.ts';
import { installPortraitDevices, PORTRAITS } from './browser/portrait-devices.ts';
import { signInAs } from './browser/sign-in.ts';

const OUTPUT = path.resolve(process.env.SCREENSHOTS ?? path.join(import.meta.dirname, '../docs/images'));
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** Of those whose screen is not shown: painting it costs what the network then lacks. */
const ASIDE = { width: 800, height: 480 };
const NAMES = [
  'Ada Marsh',
  'Ben Okafor',
  'Chiara Rossi',
  'Divya Nair',
  'Erik Lund',
  'Fatou Diallo',
  'George Hart',
  'Hana Sato',
  'Ilias Kostas',
];
/** Nine cameras on two cores: only the one that fills a screen is sharp. */
const FPS = 4;
const widthOf = (number: number) => (number < 2 ? 960 : 480);

const wanted = new Set(process.argv.slice(2));
mkdirSync(OUTPUT, { recursive: true });

const stack = await startStack({ ports: 'free', oidc: true, regions: ['eu-west'], logs: 'quiet' });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...CHROMIUM_FLAGS] });

type Scheme = 'light' | 'dark';
type Look = { viewport?: { width: number; height: number }; scheme?: Scheme };

async function open(number: number, { viewport = DESKTOP, scheme = 'light' }: Look = {}): Promise<Page> {
  const portrait = PORTRAITS[number];
  if (!portrait) throw new Error(`nobody has number ${number}`);
  const context: BrowserContext = await browser.newContext({
    viewport,
    colorScheme: scheme,
    hasTouch: viewport === PHONE,
    isMobile: viewport === PHONE,
    permissions: ['camera', 'microphone', 'clipboard-write'],
  });
  await context.addInitScript(installPortraitDevices, { portrait, width: widthOf(number), fps: FPS });
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(`${NAMES[number]}: ${error}`));
  return page;
}

async function shoot(page: Page, name: string): Promise<void> {
  if (wanted.size > 0 && !wanted.has(name)) return;
  const before = page.viewportSize();
  if (before?.width === ASIDE.width) await page.setViewportSize(DESKTOP);
  await page.mouse.move(4, 4);
  // Pictures that just began, animations, fonts.
  await page.waitForTimeout(1_500);
  await page.screenshot({ path: path.join(OUTPUT, `${name}.png`) });
  if (before) await page.setViewportSize(before);
  console.log(name);
}

async function join(page: Page, code: string, number: number, microphone = false): Promise<void> {
  await page.goto(`${stack.url}/j/${code}`);
  await page.getByTestId('display-name').fill(NAMES[number] ?? '');
  const switched = page.getByTestId('toggle-mic');
  if ((await switched.getAttribute('aria-pressed')) !== String(microphone)) await switched.click();
  await page.getByTestId('preview').waitFor();
  await page.getByTestId('join-now').click();
}

async function inMeeting(page: Page): Promise<void> {
  await page.locator('[data-testid=meeting][data-status=connected]').waitFor({ timeout: 30_000 });
}

/** Of those whose screen is never shown: pictures that nobody looks at cost the others theirs. */
async function lookAway(page: Page): Promise<void> {
  await page.getByTestId('more').click();
  await page.getByTestId('audio-only').click();
}

async function picturesOf(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    (least) =>
      [...document.querySelectorAll<HTMLVideoElement>('[data-testid=tile] video')].filter(
        (video) => video.videoWidth > 0,
      ).length >= least,
    count,
    { timeout: 60_000 },
  );
}

async function codeOf(page: Page): Promise<string> {
  await page.waitForURL('**/j/*');
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

async function visitorPages(): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    const page = await open(0, { scheme });
    const suffix = scheme === 'dark' ? '-dark' : '';
    await page.goto(stack.url);
    await page.getByTestId('sign-in').waitFor();
    await shoot(page, `home${suffix}`);
    await page.goto(`${stack.url}/sign-in`);
    await page.getByTestId('sign-in-go').waitFor();
    await shoot(page, `sign-in${suffix}`);
    await page.goto(`${stack.url}/nowhere`);
    await shoot(page, `not-found${suffix}`);
    await page.context().close();
  }
  const phone = await open(0, { viewport: PHONE });
  await phone.goto(stack.url);
  await phone.getByTestId('sign-in').waitFor();
  await shoot(phone, 'home-phone');
  await phone.context().close();
}

async function memberPages(): Promise<void> {
  const page = await open(0);
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
    if (title === 'Design review') await shoot(page, 'schedule');
    await page.getByTestId('schedule-create').click();
    await page.getByTestId('scheduled').waitFor();
    if (title === 'Design review') await shoot(page, 'scheduled');
  }
  await page.goto(`${stack.url}/meetings`);
  await page.getByTestId('meeting-row').first().waitFor();
  await shoot(page, 'meetings');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shoot(page, 'meetings-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(stack.url);
  await page.getByTestId('meeting-row').first().waitFor();
  await page.getByTestId('account').click();
  await shoot(page, 'home-signed-in');
  await page.goto(`${stack.url}/api-keys`);
  await page.getByTestId('new-key').click();
  await page.getByTestId('key-name').fill('Calendar sync');
  await shoot(page, 'api-key-new');
  await page.getByTestId('create-key').click();
  await page.getByTestId('api-key').waitFor();
  await page.keyboard.press('Escape');
  await shoot(page, 'api-keys');
  await page.context().close();
}

async function meetingPages(): Promise<void> {
  const ada = await open(0);
  await ada.goto(stack.url);
  await ada.getByTestId('new-meeting').click();
  const code = await codeOf(ada);
  await ada.getByTestId('display-name').fill('Ada Marsh');
  await ada.getByTestId('preview').waitFor();
  await shoot(ada, 'device-check');
  await join(ada, code, 0, true);
  await inMeeting(ada);
  await shoot(ada, 'meeting-alone');

  const ben = await open(1, { scheme: 'dark', viewport: ASIDE });
  await join(ben, code, 1);
  await inMeeting(ben);
  await picturesOf(ada, 2);
  await shoot(ada, 'meeting-two');

  await ada.getByTestId('more').click();
  await ada.getByTestId('options').click();
  await shoot(ada, 'meeting-options');
  await ada.getByTestId('option-waiting-room').click();
  await ada.keyboard.press('Escape');

  const chiara = await open(2, { viewport: ASIDE });
  await join(chiara, code, 2);
  await chiara.getByTestId('waiting').waitFor();
  await shoot(chiara, 'waiting-room');
  await ada.getByTestId('waiting-banner').waitFor();
  await ada.getByTestId('participants').click();
  await shoot(ada, 'waiting-room-host');
  await ada.getByTestId('admit').click();
  await inMeeting(chiara);
  await lookAway(chiara);
  await ada.getByTestId('more').click();
  await ada.getByTestId('options').click();
  await ada.getByTestId('option-waiting-room').click();
  await ada.keyboard.press('Escape');
  await ada.getByTestId('participants').click();

  const divya = await open(3, { viewport: ASIDE });
  await join(divya, code, 3);
  await inMeeting(divya);
  await lookAway(divya);
  await picturesOf(ada, 4);
  await divya.getByTestId('hand').click();
  await shoot(ada, 'meeting');

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
  await shoot(ada, 'sharing-and-chat');
  await shoot(ben, 'sharing-and-chat-dark');
  await chiara.getByTestId('share').click();
  await ada.getByTestId('chat').click();
  await ada.getByTestId('view').click();
  await ada.getByTestId('layout-speaker').click();
  await shoot(ada, 'meeting-speaker');
  await ada.getByTestId('view').click();
  await ada.getByTestId('layout-auto').click();

  const more = [];
  for (const number of [4, 5, 6, 7, 8]) {
    const page = await open(number, { viewport: number === 8 ? PHONE : ASIDE });
    await join(page, code, number);
    await inMeeting(page);
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
  await shoot(ada, 'meeting-nine');
  await ben.keyboard.press('Escape');
  await ben.getByTestId('chat').click();
  await ben.getByTestId('participants').click();
  await shoot(ben, 'meeting-dark');

  const phone = more.at(-1);
  if (!phone) throw new Error('nobody has a phone');
  await picturesOf(phone, 4);
  await shoot(phone, 'meeting-phone');
  await phone.getByTestId('more').click();
  await shoot(phone, 'meeting-phone-more');
  await phone.keyboard.press('Escape');
  await phone.getByTestId('chat').click();
  await shoot(phone, 'meeting-phone-chat');

  await ada.keyboard.press('Escape');
  await ada.getByTestId('more').click();
  await ada.getByTestId('settings').click();
  await shoot(ada, 'settings');
  await ada.keyboard.press('Escape');
  await ada.getByTestId('more').click();
  await ada.getByTestId('shortcuts').click();
  await shoot(ada, 'shortcuts');
  await ada.keyboard.press('Escape');
  await ada.getByTestId('leave').click();
  await ada.getByTestId('ended').waitFor();
  await shoot(ada, 'ended');
}

const SETS = [visitorPages, memberPages, meetingPages];
try {
  for (const set of SETS) {
    if (process.env.SET && set.name !== process.env.SET) continue;
    await set();
  }
} finally {
  await browser.close();
  await stack.close();
}
