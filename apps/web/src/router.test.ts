import { expect, test } from 'vitest';
import { editPath, joinPath, parseRoute, paths } from './router.ts';

test('knows its addresses', () => {
  expect(parseRoute('/')).toEqual({ page: 'home' });
  expect(parseRoute('/j/123-4567-8901')).toEqual({ page: 'join', meeting: '123-4567-8901' });
  expect(parseRoute('/j/123-4567-8901/')).toEqual({ page: 'join', meeting: '123-4567-8901' });
  expect(parseRoute('/meetings/')).toEqual({ page: 'meetings' });
  expect(parseRoute('/meetings/new')).toEqual({ page: 'schedule' });
  expect(parseRoute('/sign-in')).toEqual({ page: 'sign-in' });
});

test.each(['/j/', '/j/a/b', '/settings', '/meetings/x', '/constructor', '//'])('%s is none', (path) => {
  expect(parseRoute(path)).toEqual({ page: 'unknown' });
});

test('reads back the paths it makes', () => {
  expect(parseRoute(joinPath('123-4567-8901'))).toEqual({ page: 'join', meeting: '123-4567-8901' });
  expect(parseRoute(editPath('abc'))).toEqual({ page: 'edit', meeting: 'abc' });
  for (const path of Object.values(paths)) expect(parseRoute(path).page).not.toBe('unknown');
});
