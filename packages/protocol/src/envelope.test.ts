import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode, type MeridianError, PING_FRAME, PONG_FRAME, parseFrame, signaling } from './index.ts';

const parse = (frame: string | ArrayBuffer, max = 1024) => parseFrame(signaling.ClientToRoom, frame, max);

function refused(frame: string | ArrayBuffer, max?: number): { code: MeridianError['code']; ref?: unknown } {
  const result = parse(frame, max);
  if (result.ok) throw new Error('was accepted');
  return { code: result.error.code, ...(result.ref === undefined ? {} : { ref: result.ref }) };
}

describe('parseFrame', () => {
  it('reads what encode writes', () => {
    const frame = encode<signaling.ClientToRoom>({ type: 'mute', media: 'audio', ref: 7 });
    expect(parse(frame)).toEqual({ ok: true, message: { v: 1, type: 'mute', media: 'audio', ref: 7 } });
  });

  it('names what is wrong and keeps the ref', () => {
    expect(refused('{"v":1,"type":"mute","media":"smell","ref":"a"}')).toEqual({
      code: 'malformed',
      ref: 'a',
    });
    expect(refused('{"v":9,"type":"leave","ref":1}')).toEqual({ code: 'unsupported_version', ref: 1 });
    expect(refused('{"v":1,"type":"nonsense","ref":2}')).toEqual({ code: 'malformed', ref: 2 });
    expect(refused('[]')).toEqual({ code: 'malformed' });
    expect(refused('{')).toEqual({ code: 'malformed' });
    expect(refused(new ArrayBuffer(4))).toEqual({ code: 'malformed' });
    expect(refused(`"${'x'.repeat(2000)}"`)).toEqual({ code: 'too_large' });
  });

  it('drops fields it does not know, so that a newer peer can be read', () => {
    const result = parse('{"v":1,"type":"leave","mood":"good"}');
    expect(result).toEqual({ ok: true, message: { v: 1, type: 'leave' } });
  });

  it('accepts the keep-alive frames that are compared as strings', () => {
    expect(parse(PING_FRAME)).toEqual({ ok: true, message: { v: 1, type: 'ping' } });
    expect(parseFrame(signaling.RoomToClient, PONG_FRAME, 100).ok).toBe(true);
  });

  it('never throws, whatever arrives', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((v) => JSON.stringify(v)),
        ),
        (frame) => {
          const result = parse(frame);
          expect(typeof result.ok).toBe('boolean');
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
