import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { useStack } from './fixture.ts';

const DIST = path.resolve(import.meta.dirname, '../../apps/web/dist');

describe('the web app as it is delivered', () => {
  const { stack, person } = useStack({ regions: ['eu-west'] });

  it('is under 200 kB of JavaScript at the first load, compressed, all that it fetches by itself included', async () => {
    const { page } = await person(1);
    const loaded = new Set<string>();
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.endsWith('.js')) loaded.add(pathname);
    });
    await page.goto(stack().url, { waitUntil: 'networkidle' });
    const sizes = [...loaded].map((each) => gzipSync(readFileSync(path.join(DIST, each))).length);
    expect(loaded.size).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(200_000);
  });

  it('comes with a strict Content-Security-Policy, on every page', async () => {
    for (const place of ['/', '/j/123-4567-8901', '/meetings']) {
      const policy = (await fetch(stack().url + place)).headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("style-src 'self';");
      expect(policy).not.toContain('unsafe');
    }
  });

  it('breaks no rule of that policy, from the home page into a meeting', async () => {
    const ada = await person(1);
    const refused: string[] = [];
    ada.page.on('console', (message) => {
      if (/Content Security Policy|Permissions policy|TrustedHTML/i.test(message.text())) {
        refused.push(message.text());
      }
    });
    const code = await ada.createMeeting();
    await ada.join(code);
    await ada.page.getByTestId('more').click();
    await ada.page.getByTestId('settings').click();
    await ada.page.getByTestId('settings-dialog').waitFor();
    expect(refused).toEqual([]);
  });

  it('has no inline script or style in its HTML, and no map of its source', () => {
    expect(existsSync(DIST)).toBe(true);
    const html = readFileSync(path.join(DIST, 'index.html'), 'utf8');
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)/);
    expect(readdirSync(path.join(DIST, 'assets')).filter((file) => file.endsWith('.map'))).toEqual([]);
  });
});
