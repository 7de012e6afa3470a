import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { CHROMIUM, CHROMIUM_FLAGS } from '../../scripts/browser/chromium.ts';
import { installPortraitDevices, PORTRAITS } from './portrait-devices.ts';

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };
/** Of those whose screen is not shown: painting it costs what the network then lacks. */
export const ASIDE = { width: 800, height: 480 };

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
/** Nine cameras on two cores: only those that fill a screen are sharp. */
const FPS = 4;
const widthOf = (number: number) => (number < 2 ? 960 : 480);

export type Look = { viewport?: { width: number; height: number }; scheme?: 'light' | 'dark' };

/** Opens pages as people who are pleasant to look at, and takes pictures of them. */
export class Photographer {
  readonly #browser: Browser;
  readonly #origin: string;
  readonly #output: string;

  private constructor(browser: Browser, origin: string, output: string) {
    this.#browser = browser;
    this.#origin = origin;
    this.#output = output;
  }

  static async start(origin: string, output: string): Promise<Photographer> {
    mkdirSync(output, { recursive: true });
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      // Media over TCP: a machine busy with nine people drops UDP, and the node then takes the pictures away.
      args: [
        ...CHROMIUM_FLAGS,
        '--auto-accept-this-tab-capture',
        '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
      ],
    });
    return new Photographer(browser, origin, output);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  /** A browser of person `number` (from 0). */
  async open(number: number, { viewport = DESKTOP, scheme = 'light' }: Look = {}): Promise<Page> {
    const portrait = PORTRAITS[number];
    if (!portrait) throw new Error(`nobody has number ${number}`);
    const context = await this.#browser.newContext({
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

  async shoot(page: Page, name: string): Promise<void> {
    const before = page.viewportSize();
    if (before?.width === ASIDE.width) await page.setViewportSize(DESKTOP);
    await page.mouse.move(4, 4);
    // Pictures that just began, animations, fonts.
    await page.waitForTimeout(1_500);
    await page.screenshot({ path: path.join(this.#output, `${name}.png`) });
    if (before) await page.setViewportSize(before);
    console.log(name);
  }

  /** Goes through the device check, and stops before the meeting or its waiting room. */
  async knock(page: Page, code: string, number: number, microphone = false): Promise<void> {
    await page.goto(`${this.#origin}/j/${code}`);
    await page.getByTestId('display-name').fill(NAMES[number] ?? '');
    const switched = page.getByTestId('toggle-mic');
    if ((await switched.getAttribute('aria-pressed')) !== String(microphone)) await switched.click();
    await page.getByTestId('preview').waitFor();
    await page.getByTestId('join-now').click();
  }

  async join(page: Page, code: string, number: number, microphone = false): Promise<void> {
    await this.knock(page, code, number, microphone);
    await inMeeting(page);
  }
}

export async function inMeeting(page: Page): Promise<void> {
  await page.locator('[data-testid=meeting][data-status=connected]').waitFor({ timeout: 30_000 });
}

/** Of those whose screen is never shown: pictures that nobody looks at cost the others theirs. */
export async function lookAway(page: Page): Promise<void> {
  await page.getByTestId('more').click();
  await page.getByTestId('audio-only').click();
}

export async function picturesOf(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    (least) =>
      [...document.querySelectorAll<HTMLVideoElement>('[data-testid=tile] video')].filter(
        (video) => video.videoWidth > 0,
      ).length >= least,
    count,
    { timeout: 60_000 },
  );
}
