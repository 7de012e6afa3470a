import { expect, test } from 'vitest';
import { DEFAULT_PREFERENCES, parsePreferences } from './preferences.ts';

test('starts from the defaults, with noise suppression on', () => {
  expect(parsePreferences(null)).toEqual(DEFAULT_PREFERENCES);
  expect(DEFAULT_PREFERENCES.noiseSuppression).toBe(true);
});

test('reads back what was stored', () => {
  const stored = {
    ...DEFAULT_PREFERENCES,
    displayName: 'Ada',
    noiseSuppression: false,
    layout: 'speaker',
  } as const;
  expect(parsePreferences(JSON.stringify(stored))).toEqual(stored);
});

test('survives anything that may stand in storage', () => {
  for (const stored of ['', 'null', '7', '[]', '{', '{"displayName":7,"cameraOn":"yes","layout":"x"}']) {
    expect(parsePreferences(stored)).toEqual(DEFAULT_PREFERENCES);
  }
});
