import type { Meeting } from '@meridian/client';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { type Barcode, decodeBarcode, GRID } from '../media/barcode.ts';
import { type CameraFormat, fakeCamera, fakeMicrophone, toneOf } from '../media/fake-devices.ts';
import { until } from '../poll.ts';
import { installProbe, type Probe } from './probe.ts';

declare global {
  interface Window {
    probe: Probe;
    __meridian: { meeting: Meeting };
  }
}

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--auto-accept-this-tab-capture',
];

/** 360p at 15 fps with two simulcast layers: four of these, each watching three, fit two cores. */
export const SMALL_CAMERA: CameraFormat = { width: 640, height: 360, fps: 15, seconds: 8 };

/** 720p, which browsers send as three layers; at 10 fps, for the sake of two cores. */
export const HD_CAMERA: CameraFormat = { width: 1280, height: 720, fps: 10, seconds: 4 };

export type ParticipantOptions = {
  /** 1–15: which picture and tone. */
  number: number;
  origin: string;
  /** Where generated camera and microphone files are kept. */
  mediaDirectory: string;
  camera?: CameraFormat;
  /** Where the participant is, as the edge will see it. */
  location?: { latitude: number; longitude: number; continent: string };
  chromiumFlags?: readonly string[];
};

/** A person with a browser of their own: own profile, camera and microphone. */
export class BrowserParticipant {
  readonly number: number;
  readonly name: string;
  readonly page: Page;
  /** What went wrong in the page; a test looks at it at its end. */
  readonly pageErrors: string[] = [];
  readonly #browser: Browser;
  readonly #origin: string;

  private constructor(options: ParticipantOptions, browser: Browser, page: Page) {
    this.number = options.number;
    this.name = `Person ${options.number}`;
    this.#origin = options.origin;
    this.#browser = browser;
    this.page = page;
    page.on('pageerror', (error) => this.pageErrors.push(String(error.stack ?? error)));
  }

  static async open(options: ParticipantOptions): Promise<BrowserParticipant> {
    const camera = fakeCamera(options.mediaDirectory, options.number, options.camera ?? SMALL_CAMERA);
    const microphone = fakeMicrophone(options.mediaDirectory, options.number);
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        ...CHROMIUM_FLAGS,
        `--use-file-for-fake-video-capture=${camera}`,
        `--use-file-for-fake-audio-capture=${microphone}`,
        ...(options.chromiumFlags ?? []),
      ],
    });
    try {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      await prepare(context, options);
      return new BrowserParticipant(options, browser, await context.newPage());
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  /** Creates an instant meeting from the home page; answers its code. The creator is its host. */
  async createMeeting(): Promise<string> {
    await this.page.goto(this.#origin);
    await this.page.getByTestId('new-meeting').click();
    await this.page.waitForURL('**/j/*');
    const code = new URL(this.page.url()).pathname.split('/').at(-1);
    if (!code) throw new Error(`no code in ${this.page.url()}`);
    return code;
  }

  /** Opens the link and stops at the device check. */
  async openLink(code: string): Promise<void> {
    const link = `${this.#origin}/j/${code}`;
    if (this.page.url() !== link) await this.page.goto(link);
    await this.page.getByTestId('display-name').fill(this.name);
  }

  async join(code: string, devices: { microphone?: boolean; camera?: boolean } = {}): Promise<void> {
    await this.openLink(code);
    await this.#switch('toggle-mic', devices.microphone ?? true);
    await this.#switch('toggle-camera', devices.camera ?? true);
    await this.page.getByTestId('join-now').click();
    await this.waitForStatus('connected');
  }

  async waitForStatus(status: string, timeoutMs = 20_000): Promise<void> {
    await this.page.locator(`[data-testid=meeting][data-status=${status}]`).waitFor({ timeout: timeoutMs });
  }

  async participantId(): Promise<string> {
    const id = await this.page.getByTestId('meeting').getAttribute('data-participant-id');
    if (!id) throw new Error('not in a meeting');
    return id;
  }

  async leave(): Promise<void> {
    await this.page.getByTestId('leave').click();
    await this.page.locator('[data-testid=ended][data-reason=left]').waitFor({ timeout: 10_000 });
  }

  async say(text: string): Promise<void> {
    await this.#openChat();
    const input = this.page.getByTestId('chat-input');
    await input.fill(text);
    await input.press('Enter');
  }

  /** Texts in the chat panel, in order, that the room has confirmed. */
  async chatTexts(): Promise<string[]> {
    await this.#openChat();
    const confirmed = this.page.locator('[data-testid=chat-message][data-delivery=sent] p');
    return (await confirmed.allTextContents()).map((text) => text.trim());
  }

  async #openChat(): Promise<void> {
    if (!(await this.page.getByTestId('chat-input').isVisible())) await this.page.getByTestId('chat').click();
  }

  /** What this participant's tile of `of` shows now; null when it shows nothing readable. */
  async sees(of: string, source: 'camera' | 'screen' = 'camera'): Promise<Barcode | null> {
    const selector = `[data-testid=tile][data-participant-id="${of}"][data-source=${source}] video`;
    const blocks = await this.page.evaluate((target) => window.probe.blocks(target), selector);
    return blocks && decodeBarcode(blocks);
  }

  async hears(of: string): Promise<{ frequency: number; level: number } | null> {
    const selector = `audio[data-participant-id="${of}"][data-source=microphone]`;
    return this.page.evaluate((target) => window.probe.tone(target), selector);
  }

  /** Region of the media node in use. */
  async region(): Promise<string> {
    return this.page.evaluate(() => window.__meridian.meeting.snapshot.region);
  }

  /** What stays the same for somebody who is neither moved nor joined anew. */
  async identity(): Promise<{ participantId: string; region: string; connections: number }> {
    return {
      participantId: await this.participantId(),
      region: await this.region(),
      connections: await this.page.evaluate(() => window.probe.connectionCount()),
    };
  }

  /** Heights of the video layers this participant is encoding, lowest first. */
  async sentLayers(): Promise<number[]> {
    return this.page.evaluate(() => window.probe.sentLayers());
  }

  async audioPacketsFrom(of: string): Promise<number | null> {
    const selector = `audio[data-participant-id="${of}"][data-source=microphone]`;
    return this.page.evaluate((target) => window.probe.audioPackets(target), selector);
  }

  /** Meters the first remote camera from now on. */
  async startFrameGapMeter(): Promise<{ longestMs(): Promise<number> }> {
    await this.page.evaluate(
      (target) => window.probe.meterGaps(target),
      '[data-testid=tile][data-self=false][data-source=camera] video',
    );
    return { longestMs: () => this.page.evaluate(() => window.probe.longestGapMs()) };
  }

  /** Waits until the other's picture is there and moves. */
  async expectToSee(other: BrowserParticipant, timeoutMs = 20_000): Promise<void> {
    const id = await other.participantId();
    const frames = new Set<number>();
    await until(
      `${this.name} sees ${other.name}`,
      timeoutMs,
      async () => {
        const code = await this.sees(id);
        if (code?.participant === other.number) frames.add(code.frame);
        return frames.size >= 3;
      },
      async () => `(last: ${JSON.stringify(await this.sees(id))}, frames: ${frames.size})`,
    );
  }

  async expectToHear(other: BrowserParticipant, timeoutMs = 20_000): Promise<void> {
    const id = await other.participantId();
    await until(
      `${this.name} hears ${other.name} at ${toneOf(other.number)} Hz`,
      timeoutMs,
      async () => {
        const tone = await this.hears(id);
        return tone !== null && tone.level > -70 && Math.abs(tone.frequency - toneOf(other.number)) < 20;
      },
      async () => `(last: ${JSON.stringify(await this.hears(id))})`,
    );
  }

  async #switch(testId: string, on: boolean): Promise<void> {
    const button = this.page.getByTestId(testId);
    if ((await button.getAttribute('aria-pressed')) !== String(on)) await button.click();
  }
}

async function prepare(context: BrowserContext, options: ParticipantOptions): Promise<void> {
  await context.addInitScript(installProbe, GRID);
  if (options.location) {
    const { latitude, longitude, continent } = options.location;
    const place = {
      latitude: String(latitude),
      longitude: String(longitude),
      continent,
      clientAcceptEncoding: '',
    };
    // The local Workers runtime takes request.cf from this header. Only for our own origin: a header of
    // one's own on any other request would turn it into a preflighted one.
    await context.route(`${options.origin}/api/**`, (route) =>
      route.continue({ headers: { ...route.request().headers(), 'MF-CF-Blob': JSON.stringify(place) } }),
    );
  }
}
