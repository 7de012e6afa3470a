import { expect, test } from 'vitest';
import { commandOf, SHORTCUTS } from './shortcuts.ts';

const press = (key: string, more: { ctrlKey?: boolean; metaKey?: boolean; altKey?: boolean } = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
});

test('every shortcut that is explained works, in either case', () => {
  for (const { command, keys } of SHORTCUTS) {
    const key = keys === 'Space' ? ' ' : keys;
    expect(commandOf(press(key), 'no', true)).toBe(command);
    expect(commandOf(press(key.toLowerCase()), 'no', true)).toBe(command);
  }
});

test('while somebody types, letters are letters', () => {
  expect(commandOf(press('m'), 'typing', true)).toBeNull();
  expect(commandOf(press('d', { ctrlKey: true }), 'typing', true)).toBe('microphone');
  expect(commandOf(press('e', { metaKey: true }), 'typing', true)).toBe('camera');
});

test('space presses the button that has the focus, and else talks', () => {
  expect(commandOf(press(' '), 'button', true)).toBeNull();
  expect(commandOf(press('m'), 'button', true)).toBe('microphone');
  expect(commandOf(press(' '), 'no', true)).toBe('talk');
});

test('single keys can be switched off, and the browser keeps its own', () => {
  expect(commandOf(press('m'), 'no', false)).toBeNull();
  expect(commandOf(press('c', { ctrlKey: true }), 'no', true)).toBeNull();
  expect(commandOf(press('m', { altKey: true }), 'no', true)).toBeNull();
  expect(commandOf(press('x'), 'no', true)).toBeNull();
});
