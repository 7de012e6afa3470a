import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Replay } from './replay.ts';

describe('replay', () => {
  test('what follows is given as it was sent, or nothing of it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 20 }), { maxLength: 60 }),
        fc.nat(70),
        fc.record({ frames: fc.nat(40), units: fc.nat(400) }),
        (sent, received, bounds) => {
          const replay = new Replay(bounds);
          for (const frame of sent) replay.add(frame);
          const missing = sent.slice(received);
          const kept =
            received <= sent.length &&
            missing.length <= bounds.frames &&
            missing.join('').length <= bounds.units;
          expect(replay.after(received)).toEqual(kept ? missing : null);
        },
      ),
    );
  });
});
