import { expect, test } from 'vitest';
import { joinPath, parseRoute } from './router.ts';

test('knows its three kinds of address', () => {
  expect(parseRoute('/')).toEqual({ page: 'home' });
  expect(parseRoute('/j/123-4567-8901')).toEqual({ page: 'join', meeting: '123-4567-8901' });
  expect(parseRoute('/j/123-4567-8901/')).toEqual({ page: 'join', meeting: '123-4567-8901' });
  expect(parseRoute('/j/')).toEqual({ page: 'unknown' });
  expect(parseRoute('/j/a/b')).toEqual({ page: 'unknown' });
  expect(parseRoute('/settings')).toEqual({ page: 'unknown' });
});

test('reads back the paths it makes', () => {
  expect(parseRoute(joinPath('123-4567-8901'))).toEqual({ page: 'join', meeting: '123-4567-8901' });
});
