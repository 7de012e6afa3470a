import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { z } from 'zod';
import { CHROMIUM, CHROMIUM_FLAGS } from '../browser/chromium.ts';
import { CAST, DIALOGUE, type Person } from './cast.ts';
import { installPerformer } from './performer.ts';
import { speechOf } from './speech.ts';

/** Small, so that the performers ask each other for little and the machine's power is the newcomer's. */
const VIEWPORT = { width: 480, height: 360 };
/** Between two lines of the dialogue, as people leave it. Milliseconds. */
const BREATH = 700;
/** A browser, three pages and three joins, on a machine that also starts everything else. Milliseconds. */
const JOIN_TIMEOUT = 30_000;

const Created = z.object({ code: z.string(), join_url: z.string() });

export type DemoOptions = {
  /** Where the web app is. */
  readonly origin: string;
  /** For the sounds that are made once. */
  readonly cacheDir: string;
  /** Aborted while people are still joining: start() rejects. */
  readonly signal?: AbortSignal;
};

/** A meeting with the whole cast in it, who take turns to speak until it is closed. */
export class DemoMeeting {
  readonly code: string;
  readonly joinUrl: string;
  readonly #browser: Browser;
  readonly #closing = new AbortController();
  readonly #dialogue: Promise<void>;

  private constructor(meeting: z.infer<typeof Created>, browser: Browser, pages: readonly Page[]) {
    this.code = meeting.code;
    this.joinUrl = meeting.join_url;
    this.#browser = browser;
    this.#dialogue = this.#talk(pages);
  }

  /** Resolves when everybody is in. If that fails, nothing is left running. */
  static async start({ origin, cacheDir, signal }: DemoOptions): Promise<DemoMeeting> {
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [...CHROMIUM_FLAGS, '--mute-audio'],
      // Who started us decides when it ends, also at Ctrl-C.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    const abort = () => void browser.close();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      signal?.throwIfAborted();
      const meeting = await createMeeting(origin);
      const link = `${origin}/j/${meeting.code}`;
      const pages = await Promise.all(CAST.map((person, i) => enter(browser, person, i, link, cacheDir)));
      return new DemoMeeting(meeting, browser, pages);
    } catch (error) {
      await browser.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#browser.close();
    await this.#dialogue;
  }

  async #talk(pages: readonly Page[]): Promise<void> {
    const { signal } = this.#closing;
    try {
      for (let turn = 0; !signal.aborted; turn++) {
        const { speaker } = DIALOGUE[turn % DIALOGUE.length] ?? DIALOGUE[0];
        const line = DIALOGUE.slice(0, turn % DIALOGUE.length).filter(
          (one) => one.speaker === speaker,
        ).length;
        await pages[speaker]?.evaluate((number) => window.performer.say(number), line);
        await sleep(BREATH, undefined, { signal });
      }
    } catch (error) {
      if (!signal.aborted) console.error('the demo has fallen silent:', error);
    }
  }
}

async function createMeeting(origin: string): Promise<z.infer<typeof Created>> {
  const response = await fetch(`${origin}/api/v1/meetings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // With the usual settings: whoever has the link comes in and finds people talking.
    body: JSON.stringify({ type: 'instant', title: 'Morning coffee' }),
    signal: AbortSignal.timeout(JOIN_TIMEOUT),
  });
  if (!response.ok) throw new Error(`no meeting: ${response.status} ${await response.text()}`);
  return Created.parse(await response.json());
}

async function enter(
  browser: Browser,
  person: Person,
  place: number,
  link: string,
  cacheDir: string,
): Promise<Page> {
  const texts = DIALOGUE.filter((one) => one.speaker === place).map((one) => one.text);
  const sounds = await Promise.all(texts.map((text) => speechOf(person, text, cacheDir)));
  // A context for each, as only one page of a window is in front.
  const context = await browser.newContext({ viewport: VIEWPORT });
  context.setDefaultTimeout(JOIN_TIMEOUT);
  const { name, hue } = person;
  await context.addInitScript(installPerformer, {
    name,
    hue,
    lines: sounds.map((sound) => sound.toString('base64')),
  });
  const page = await context.newPage();
  await page.goto(link);
  await page.getByTestId('display-name').fill(name);
  for (const device of ['toggle-mic', 'toggle-camera']) {
    await page.locator(`[data-testid=${device}][aria-pressed=true]`).waitFor();
  }
  await page.getByTestId('join-now').click();
  await page.locator('[data-testid=meeting][data-status=connected]').waitFor();
  return page;
}
