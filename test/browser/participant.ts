import type { Meeting } from '@meridian/client';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { CHROMIUM, CHROMIUM_FLAGS } from '../../scripts/browser/chromium.ts';
import { type Barcode, GRID } from '../media/barcode.ts';
import { type CameraFormat, fakeCamera, fakeMicrophone } from '../media/fake-devices.ts';
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
import { installProbe, type MediaPath, type Probe } from './probe.ts';

declare global {
  interface Window {
    probe: Probe;
    __meridian: { meeting: Meeting };
    statuses: string[];
  }
}

/** The smallest with two simulcast layers, at 15 fps: four of these, each watching three, fit two busy cores. */
export const SMALL_CAMERA: CameraFormat = { width: 480, height: 270, fps: 15, seconds: 8 };

/** 720p, which browsers send as three layers; at 10 fps, for the sake of two cores. */
export const HD_CAMERA: CameraFormat = { width: 1280, height: 720, fps: 10, seconds: 4 };

export type ParticipantOptions = {
  /** 1–15: which picture and tone. */
  number: number;
  origin: string;
  /** Where generated camera and microphone files are kept. */
  mediaDirectory: string;
  camera?: CameraFormat;
  /** Of the page, in pixels. */
  viewport?: { width: number; height: number };
  /** Where the participant is, as the edge will see it. */
  location?: { latitude: number; longitude: number; continent: string };
  chromiumFlags?: readonly string[];
  /** `relay`: what support asks people to try, media through a TURN server only. */
  ice?: 'relay';
  /** The most that is prepared for the loss of the media node. */
  failover?: 'warm' | 'cold';
  /** Media sockets without TLS that are not on 127.0.0.1, which the page's policy allows alone. */
  plainSocketsAnywhere?: boolean;
  /** Another program to start than Chromium itself, which gets its arguments. */
  launcher?: Launcher;
};

export type Devices = { microphone?: boolean; camera?: boolean };

export type Launcher = { program: string; env: Readonly<Record<string, string>> };

/** A person with a browser of their own: own profile, camera and microphone. */
export class BrowserParticipant implements Performer, Viewer {
  readonly number: number;
  readonly name: string;
  readonly page: Page;
  /** What went wrong in the page; a test looks at it at its end. */
  readonly pageErrors: string[] = [];
  readonly #browser: Browser;
  readonly #origin: string;
  readonly #query: string;

  private constructor(options: ParticipantOptions, browser: Browser, page: Page) {
    this.number = options.number;
    this.name = `Person ${options.number}`;
    this.#origin = options.origin;
    const { ice, failover } = options;
    const query = new URLSearchParams({ ...(ice && { ice }), ...(failover && { failover }) }).toString();
    this.#query = query ? `?${query}` : '';
    this.#browser = browser;
    this.page = page;
    page.on('pageerror', (error) => this.pageErrors.push(String(error.stack ?? error)));
  }

  static async open(options: ParticipantOptions): Promise<BrowserParticipant> {
    const camera = fakeCamera(options.mediaDirectory, options.number, options.camera ?? SMALL_CAMERA);
    const microphone = fakeMicrophone(options.mediaDirectory, options.number);
    const browser = await chromium.launch({
      executablePath: options.launcher?.program ?? CHROMIUM,
      ...(options.launcher ? { env: { ...process.env, ...options.launcher.env } } : {}),
      args: [
        ...CHROMIUM_FLAGS,
        '--auto-accept-this-tab-capture',
        `--use-file-for-fake-video-capture=${camera}`,
        `--use-file-for-fake-audio-capture=${microphone}`,
        ...(options.chromiumFlags ?? []),
      ],
    });
    try {
      const context = await browser.newContext({
        viewport: options.viewport ?? { width: 1280, height: 800 },
        reducedMotion: 'reduce',
        bypassCSP: options.plainSocketsAnywhere === true,
      });
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
    const refused = await Promise.race([
      this.page.waitForURL('**/j/*'),
      this.page.getByTestId('error').textContent(),
    ]);
    if (refused) throw new Error(`no meeting was created: ${refused}`);
    const code = new URL(this.page.url()).pathname.split('/').at(-1);
    if (!code) throw new Error(`no code in ${this.page.url()}`);
    return code;
  }

  /** Opens the link and stops at the device check. */
  async openLink(code: string): Promise<void> {
    const link = `${this.#origin}/j/${code}${this.#query}`;
    if (this.page.url() !== link) await this.page.goto(link);
    await this.page.getByTestId('display-name').fill(this.name);
  }

  async join(code: string, devices: Devices = {}): Promise<void> {
    await this.knock(code, devices);
    await this.waitForStatus('connected');
  }

  /** Asks to join, and waits for nothing. */
  async knock(code: string, devices: Devices = {}): Promise<void> {
    await this.openLink(code);
    await this.#switch('toggle-mic', devices.microphone ?? true);
    await this.#switch('toggle-camera', devices.camera ?? true);
    await this.page.getByTestId('join-now').click();
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

  /** As a host: ends the meeting for everybody. */
  async endForAll(): Promise<void> {
    await this.page.getByTestId('leave-menu').click();
    await this.page.getByTestId('end-all').click();
    await this.page.getByTestId('confirm').click();
  }

  /** As a host: sends somebody away. */
  async remove(participantId: string): Promise<void> {
    await this.choose(participantId, 'remove');
    await this.page.getByTestId('confirm').click();
  }

  /** Chooses from the menu of somebody in the list of people: `mute`, `stop-video`, `make-co-host` … */
  async choose(participantId: string, action: string): Promise<void> {
    const row = this.page.locator(`[data-testid=participant-row][data-participant-id="${participantId}"]`);
    if (!(await row.isVisible())) await this.page.getByTestId('participants').click();
    await row.getByTestId('participant-menu').click();
    await row.getByTestId(`action-${action}`).click();
  }

  async say(text: string, to?: { name: string }): Promise<void> {
    await this.#openChat();
    await this.page.getByTestId('chat-recipient').selectOption({ label: to?.name ?? 'Everyone' });
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
    return barcodeOf(
      await this.page.evaluate((target) => window.probe.blocks(target), tileVideo(of, source)),
    );
  }

  /** What the tile of `of` shows, for pictures without a barcode: equal when the picture is; null for none. */
  async picture(of: string): Promise<string | null> {
    return this.page.evaluate((target) => window.probe.picture(target), tileVideo(of, 'camera'));
  }

  async hears(of: string): Promise<Tone | null> {
    return this.page.evaluate((target) => window.probe.tone(target), audioElement(of));
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

  /** How the packets of each transport that is up travel, with what went that way. */
  async paths(): Promise<MediaPath[]> {
    return this.page.evaluate(() => window.probe.paths());
  }

  /** Heights of the video layers this participant is encoding, lowest first. */
  async sentLayers(): Promise<number[]> {
    return this.page.evaluate(() => window.probe.sentLayers());
  }

  async audioPacketsFrom(of: string): Promise<number | null> {
    const [packets = null] = await this.page.evaluate(
      (selectors) => window.probe.audioPackets(selectors),
      [audioElement(of)],
    );
    return packets;
  }

  /** From now on: every status that the meeting has. */
  async startStatusLog(): Promise<{ seen(): Promise<string[]> }> {
    await this.page.evaluate(() => {
      const { meeting } = window.__meridian;
      const note = () => {
        const { status } = meeting.snapshot.status;
        if (!window.statuses.includes(status)) window.statuses.push(status);
      };
      window.statuses = [];
      note();
      meeting.subscribe(note);
    });
    return { seen: () => this.page.evaluate(() => window.statuses) };
  }

  /** Meters the first remote camera from now on. */
  async startFrameGapMeter(): Promise<{ longestMs(): Promise<number> }> {
    await this.page.evaluate(
      (target) => window.probe.meterGaps(target),
      '[data-testid=tile][data-self=false][data-source=camera] video:not([data-behind=true])',
    );
    return { longestMs: () => this.page.evaluate(() => window.probe.longestGapMs()) };
  }

  /** Waits until the other's picture is there and moves. */
  expectToSee(other: Performer, timeoutMs = 20_000): Promise<void> {
    return waitToSee(this, other, timeoutMs);
  }

  expectToHear(other: Performer, timeoutMs = 20_000): Promise<void> {
    return waitToHear(this, other, timeoutMs);
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
