import { describe, expect, test } from 'vitest';
import { RELAY } from '../config.ts';
import { Silence } from './silence.ts';

describe('Silence', () => {
  const late = RELAY.silentAfter;

  test('is suspected when no message has come for a while', () => {
    const silence = new Silence(0);
    expect(silence.isSuspected(late - 1)).toBe(false);
    expect(silence.isSuspected(late)).toBe(true);
    silence.heard(late);
    expect(silence.isSuspected(2 * late - 1)).toBe(false);
  });

  test('is not while packets come', () => {
    const silence = new Silence(0);
    silence.counted(1_000, late);
    expect(silence.isSuspected(late)).toBe(false);
    silence.counted(2_000, 2 * late);
    expect(silence.isSuspected(2 * late)).toBe(false);
    silence.counted(2_000, 3 * late);
    expect(silence.isSuspected(3 * late)).toBe(true);
  });
});
