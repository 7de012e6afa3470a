import path from 'node:path';
import type { Page } from 'playwright-core';
import { build, type InlineConfig } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BrowserParticipant } from '../browser/participant.ts';
import { barcodeOf, type Performer, type Viewer, waitToHear, waitToSee } from '../browser/perception.ts';
import { until } from '../poll.ts';
import { useStack } from './fixture.ts';

const EXAMPLES = path.resolve(import.meta.dirname, '../../packages/client/examples');
const PAGE = '/example/';

/** A page that Playwright answers for comes from nowhere to Chromium, which then forbids it sockets to loopback. */
const AS_IF_SERVED_LOCALLY = '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets';

/** The example as a bundler makes it: contents by path. */
async function bundle(): Promise<Map<string, string>> {
  const config: InlineConfig = {
    configFile: false,
    root: EXAMPLES,
    base: PAGE,
    logLevel: 'warn',
    // The example waits for things at its top level.
    build: { write: false, target: 'es2022', modulePreload: { polyfill: false } },
  };
  const outcome = await build(config);
  const outputs = Array.isArray(outcome) ? outcome : 'output' in outcome ? [outcome] : [];
  const files = outputs.flatMap(({ output }) =>
    output.map(
      (file) =>
        [
          `${PAGE}${file.fileName}`,
          file.type === 'chunk' ? file.code : Buffer.from(file.source).toString(),
        ] as const,
    ),
  );
  return new Map(files);
}

/** Somebody with the example's page, which shows a video for each participant, its own one muted. */
class ExampleUser implements Performer, Viewer {
  readonly number: number;
  readonly name: string;
  readonly page: Page;

  constructor({ number, name, page }: BrowserParticipant) {
    this.number = number;
    this.name = name;
    this.page = page;
  }

  /** The page's address afterwards has the code of the call in it. */
  async open(address: string, files: ReadonlyMap<string, string>): Promise<void> {
    await this.page.route(`**${PAGE}**`, (route) => {
      const { pathname } = new URL(route.request().url());
      const file = pathname === PAGE ? `${PAGE}index.html` : pathname;
      const body = files.get(file);
      const contentType = file.endsWith('.html') ? 'text/html' : 'text/javascript';
      return body === undefined ? route.fulfill({ status: 404 }) : route.fulfill({ body, contentType });
    });
    await this.page.goto(address);
    await until(`${this.name} is in the call`, 30_000, async () => (await this.#ownId()) !== null);
  }

  async participantId(): Promise<string> {
    return (await this.#ownId()) ?? '';
  }

  async sees(participantId: string) {
    const target = `video[id="${participantId}"]`;
    return barcodeOf(await this.page.evaluate((selector) => window.probe.blocks(selector), target));
  }

  async hears(participantId: string) {
    const target = `video[id="${participantId}"]`;
    return this.page.evaluate((selector) => window.probe.tone(selector), target);
  }

  #ownId(): Promise<string | null> {
    return this.page.evaluate(
      () => [...document.querySelectorAll('video')].find((video) => video.muted)?.id ?? null,
    );
  }
}

describe('the example of the SDK', () => {
  const { stack, person } = useStack({ regions: ['eu-west'] });
  let files: ReadonlyMap<string, string>;
  beforeAll(async () => {
    files = await bundle();
  });

  it('is a video call between whoever opens its address', async () => {
    const options = { chromiumFlags: [AS_IF_SERVED_LOCALLY] };
    const [ada, bob] = [new ExampleUser(await person(1, options)), new ExampleUser(await person(2, options))];
    await ada.open(`${stack().url}${PAGE}`, files);
    const address = ada.page.url();
    expect(address).toMatch(/#\d{3}-\d{4}-\d{4}$/);
    await bob.open(address, files);
    for (const [viewer, performer] of [
      [ada, bob],
      [bob, ada],
    ] as const) {
      await waitToSee(viewer, performer, 20_000);
      await waitToHear(viewer, performer, 20_000);
    }
  });
});
