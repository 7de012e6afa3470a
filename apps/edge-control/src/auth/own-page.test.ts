import { expect, it } from 'vitest';
import { isFromOwnPage } from './own-page.ts';

const OURS = 'https://meet.test';

it('lets everybody read, and only our own pages change anything', () => {
  const cases: [method: string, origin: string | undefined, fetchSite: string | undefined, ok: boolean][] = [
    ['GET', undefined, undefined, true],
    ['HEAD', 'https://evil.test', 'cross-site', true],
    ['POST', OURS, undefined, true],
    ['DELETE', OURS, 'same-origin', true],
    ['POST', undefined, 'same-origin', true],
    ['POST', undefined, undefined, false],
    ['POST', undefined, 'same-site', false],
    ['POST', undefined, 'none', false],
    ['POST', 'null', 'same-origin', false],
    ['POST', 'https://meet.test.evil.test', undefined, false],
    ['POST', 'http://meet.test', undefined, false],
    ['PATCH', 'https://meet.test:8443', undefined, false],
    ['post', undefined, undefined, false],
  ];
  for (const [method, origin, fetchSite, ok] of cases) {
    expect(isFromOwnPage({ method, origin, fetchSite }, OURS), `${method} ${origin} ${fetchSite}`).toBe(ok);
  }
});
