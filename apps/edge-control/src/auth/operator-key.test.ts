import { describe, expect, it } from 'vitest';
import { operatorKeyAccount } from './operator-key.ts';

const OWN = `mk_${'0123456789'.repeat(4)}`;
const OTHER = `mk_${'9876543210'.repeat(4)}`;

describe('OPERATOR_KEY', () => {
  it('may do everything with the fleet and nothing else', async () => {
    const account = await operatorKeyAccount({ OPERATOR_KEY: OWN }, OWN);
    expect(account?.scopes).toEqual(['fleet:read', 'fleet:write']);
  });

  it('is nobody else’s key, and none where it is not set', async () => {
    expect(await operatorKeyAccount({ OPERATOR_KEY: OWN }, OTHER)).toBeNull();
    expect(await operatorKeyAccount({}, OTHER)).toBeNull();
    expect(await operatorKeyAccount({ OPERATOR_KEY: '' }, '')).toBeNull();
  });

  it('is named when it is malformed, and never shown', async () => {
    for (const OPERATOR_KEY of ['secret', 'mk_short', OWN.toUpperCase()]) {
      const error: unknown = await operatorKeyAccount({ OPERATOR_KEY }, OPERATOR_KEY).catch((e) => e);
      expect(String(error)).toContain('OPERATOR_KEY');
      expect(String(error)).not.toContain(OPERATOR_KEY);
    }
  });
});
