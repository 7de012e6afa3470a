import { expect, test } from 'vitest';
import { safeReturnTo, signInProblem } from './sign-in-params.ts';

test.each(['/', '/meetings', '/j/123-4567-8901?ice=relay'])('%s is a way back', (path) => {
  expect(safeReturnTo(path)).toBe(path);
});

test.each([null, '', 'https://evil.example', '//evil.example', '/\\evil.example', '/a\tb'])(
  '%j is not',
  (path) => {
    expect(safeReturnTo(path)).toBe('/');
  },
);

test('says nothing when nothing went wrong, and something whatever did', () => {
  expect(signInProblem(null)).toBeNull();
  expect(signInProblem('forbidden')).toContain('let in');
  expect(signInProblem('<script>')).not.toContain('<');
});
