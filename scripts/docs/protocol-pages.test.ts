import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { PAGES, protocolPages } from './protocol-pages.ts';
import { sourceComments } from './source-comments.ts';

it('has the pages of docs/protocol as the schemas are now (else: node scripts/docs.ts)', () => {
  const pages = protocolPages();
  expect(readdirSync(PAGES).sort()).toEqual([...pages.keys()].sort());
  for (const [file, text] of pages) expect(readFileSync(path.join(PAGES, file), 'utf8'), file).toBe(text);
});

it('links only to types that have a place', () => {
  const pages = protocolPages();
  const places = new Set(
    [...(pages.get('types.md') ?? '').matchAll(/^## (\w+)$/gm)].map((match) => match[1]?.toLowerCase()),
  );
  const links = [...pages.values()].flatMap((text) =>
    [...text.matchAll(/types\.md#(\w+)/g)].map((match) => match[1]),
  );
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((link) => !places.has(link))).toEqual([]);
});

it('reads what comments say of exports and fields', () => {
  const comments = sourceComments(`
/** A thing. */
export const Thing = z.object({
  /** How wide,
   * in metres. */
  width: z.number(),
  height: z.number(),
});
export const Other = z.string();
/** Not of Other. */
export const Last = z.object({
  /** Elsewhere. */
  height: z.number(),
});
`);
  expect(comments.of('Thing')).toBe('A thing.');
  expect(comments.ofField('Thing', 'width')).toBe('How wide, in metres.');
  expect(comments.ofField('Thing', 'height')).toBe('');
  expect(comments.of('Other')).toBe('');
  expect(comments.ofField('Last', 'height')).toBe('Elsewhere.');
  expect(comments.declares('Other')).toBe(true);
  expect(comments.declares('Else')).toBe(false);
});
