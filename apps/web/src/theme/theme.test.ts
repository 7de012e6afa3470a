import { expect, test } from 'vitest';
import { parseTheme } from './theme.ts';

test('follows the system until somebody chose otherwise', () => {
  expect(parseTheme(null)).toBe('system');
  expect(parseTheme('purple')).toBe('system');
  expect(parseTheme('dark')).toBe('dark');
});
