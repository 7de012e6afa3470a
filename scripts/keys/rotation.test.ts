import { describe, expect, it } from 'vitest';
import { rotated, type SigningKeys } from './rotation.ts';

const kids = (keys: SigningKeys) => keys.map(({ kid }) => kid);

describe('a rotation of signing keys', () => {
  it('goes from one key to the next without a moment in which one is not known', () => {
    const before = rotated([], 'add');
    const added = rotated(before, 'add');
    const [old, fresh] = kids(added);
    expect(kids(before)).toEqual([old]);
    expect(fresh).not.toBe(old);
    const promoted = rotated(added, 'promote');
    expect(kids(promoted)).toEqual([fresh, old]);
    expect(kids(rotated(promoted, 'drop'))).toEqual([fresh]);
  });

  it('can begin anew before the last has ended', () => {
    const promoted = rotated(rotated(rotated([], 'add'), 'add'), 'promote');
    const again = rotated(rotated(promoted, 'add'), 'promote');
    expect(again).toHaveLength(3);
    expect(kids(again).slice(1)).toEqual(kids(promoted));
  });

  it('does not promote what is not there', () => {
    expect(() => rotated(rotated([], 'add'), 'promote')).toThrow('add one first');
    expect(() => rotated([], 'drop')).toThrow('no key');
  });
});
