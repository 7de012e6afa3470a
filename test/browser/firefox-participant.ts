import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { type Barcode, GRID } from '../media/barcode.ts';
import { toneOf } from '../media/fake-devices.ts';
import { until } from '../poll.ts';
import { canvasCameraOf, installCanvasCamera } from './canvas-camera.ts';
import {
  audioElement,
  barcodeOf,
  type Performer,
  type Tone,
  tileVideo,
  type Viewer,
  waitToHear,
  waitToSee,
} from './perception.ts';
import { installProbe } from './probe.ts';
import { recordedTone } from './recorded-tone.ts';

const PREFERENCES = {
  'media.navigator.permission.disabled': true,
  // A camera that nobody looks at, as ours is a canvas, and a microphone with a steady tone.
  'media.navigator.streams.fake': true,
  // It has no ICE candidates on loopback even so, but then talks to a TURN server there.
  'media.peerconnection.ice.loopback': true,
  // Sound without a click first.
  'media.autoplay.default': 0,
  // A page that nobody looks at is slowed down.
  'dom.min_background_timeout_value': 4,
  // Nothing is fetched from anywhere.
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
};

/** What a test in a browser may take to do one thing, on a machine that is busy with other browsers. Milliseconds. */
const PATIENCE = 20_000;

/** Firefox reports sockets that cannot be opened, or break, like what a page has thrown. */
const BROKEN_SOCKET = /(establish a connection to|The connection to) (the server at )?ws/;

export type FirefoxOptions = { readonly number: number; readonly origin: string };

/** A person with Debian's Firefox. */
export class FirefoxParticipant implements Performer, Viewer {
  readonly number: number;
  readonly name: string;
  readonly page: Page;
  /** What went wrong in the page; a test looks at it at its end. */
  readonly pageErrors: string[] = [];
  readonly #browser: Browser;
  readonly #origin: string;

  private constructor({ number, origin }: FirefoxOptions, browser: Browser, page: Page) {
    this.number = number;
    this.name = `Person ${number}`;
    this.#origin = origin;
    this.#browser = browser;
    this.page = page;
    page.on('pageerror', (error) => {
      if (!BROKEN_SOCKET.test(String(error))) this.pageErrors.push(String(error));
    });
  }

  static async open(options: FirefoxOptions): Promise<FirefoxParticipant> {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
      headless: true,
      // A viewport set later asks for what Debian's older Firefox does not know.
      args: ['--width=1280', '--height=800'],
      defaultViewport: null,
      extraPrefsFirefox: { ...PREFERENCES, 'media.navigator.audio.fake_frequency': toneOf(options.number) },
    });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE);
      await page.evaluateOnNewDocument(installProbe, GRID);
      await page.evaluateOnNewDocument(installCanvasCamera, canvasCameraOf(options.number));
      return new FirefoxParticipant(options, browser, page);
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  async join(code: string): Promise<void> {
    await this.page.goto(`${this.#origin}/j/${code}`);
    await this.#shows('[data-testid=display-name]');
    await this.page.evaluate(() => {
      const name = document.querySelector<HTMLInputElement>('[data-testid=display-name]');
      name?.focus();
      name?.select();
    });
    await this.page.keyboard.type(this.name);
    for (const device of ['toggle-mic', 'toggle-camera']) {
      await this.#shows(`[data-testid=${device}][aria-pressed=true]`);
    }
    await this.#shows('[data-testid=join-now]:enabled');
    await this.page.evaluate(() => document.querySelector<HTMLElement>('[data-testid=join-now]')?.click());
    await this.#shows('[data-testid=meeting][data-status=connected]');
  }

  async participantId(): Promise<string> {
    const id = await this.page.evaluate(() =>
      document.querySelector('[data-testid=meeting]')?.getAttribute('data-participant-id'),
    );
    if (!id) throw new Error('not in a meeting');
    return id;
  }

  async sees(of: string): Promise<Barcode | null> {
    return barcodeOf(
      await this.page.evaluate((target) => window.probe.blocks(target), tileVideo(of, 'camera')),
    );
  }

  async hears(of: string): Promise<Tone | null> {
    return this.page.evaluate(recordedTone, audioElement(of));
  }

  expectToSee(other: Performer, timeoutMs = PATIENCE): Promise<void> {
    return waitToSee(this, other, timeoutMs);
  }

  expectToHear(other: Performer, timeoutMs = PATIENCE): Promise<void> {
    return waitToHear(this, other, timeoutMs);
  }

  /**
   * Waits for an element. Not with Puppeteer's own selectors and locators: those bring functions into the page as
   * text, which older versions of Firefox refuse because of the page's content security policy.
   */
  #shows(selector: string): Promise<unknown> {
    return until(selector, PATIENCE, () =>
      this.page.evaluate((wanted) => document.querySelector(wanted) !== null, selector),
    );
  }
}
