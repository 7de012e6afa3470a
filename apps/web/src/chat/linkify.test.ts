import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkify } from './linkify.ts';

const links = (message: string) => linkify(message).flatMap(({ text, href }) => (href ? [[text, href]] : []));

test('leaves plain text alone', () => {
  expect(linkify('hello there')).toEqual([{ text: 'hello there' }]);
  expect(linkify('')).toEqual([]);
});

test('finds links between text', () => {
  expect(linkify('see https://example.org/a?b=c#d now')).toEqual([
    { text: 'see ' },
    { text: 'https://example.org/a?b=c#d', href: 'https://example.org/a?b=c#d' },
    { text: ' now' },
  ]);
});

test('gives www the scheme it needs', () => {
  expect(links('www.example.org')).toEqual([['www.example.org', 'https://www.example.org/']]);
});

test.each([
  ['Look at https://example.org.', 'https://example.org'],
  ['(https://example.org/a)', 'https://example.org/a'],
  [
    'https://en.wikipedia.org/wiki/Meridian_(geography)',
    'https://en.wikipedia.org/wiki/Meridian_(geography)',
  ],
  ['https://example.org/?!', 'https://example.org/'],
  ['<https://example.org>', 'https://example.org'],
  ['"https://example.org/x", she said', 'https://example.org/x'],
])('in %j the link is %j', (message, text) => {
  expect(links(message).map(([found]) => found)).toEqual([text]);
});

test.each([
  'javascript:alert(1)',
  'data:text/html,<b>x</b>',
  'file:///etc/passwd',
  'https://',
  'https://bank.example@evil.example/',
  'me@www.example.org',
  'xhttps://example.org',
])('makes no link of %j', (message) => {
  expect(links(message)).toEqual([]);
});

test('loses nothing, and links only to the web', () => {
  const pieces = fc.constantFrom(
    'https://',
    'www.',
    'a.b',
    '(',
    ')',
    '.',
    ' ',
    '@',
    'javascript:',
    '\n',
    'ü',
    '//',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (words) => {
      const message = words.join('');
      const parts = linkify(message);
      expect(parts.map(({ text }) => text).join('')).toBe(message);
      for (const { href } of parts) if (href !== undefined) expect(href).toMatch(/^https?:\/\//);
    }),
  );
});
