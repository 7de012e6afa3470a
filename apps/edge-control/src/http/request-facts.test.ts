import { describe, expect, it } from 'vitest';
import { addressKey } from './address.ts';
import { bearerToken } from './bearer.ts';
import { locationHint, locationOf } from './location.ts';
import { futureStart, knownZone } from './schedule.ts';
import { traceOf, traceparent } from './trace.ts';

describe('addressKey', () => {
  it('counts a network of IPv6 as one', () => {
    expect(addressKey('192.0.2.1')).toBe('192.0.2.1');
    expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(addressKey('2001:0DB8:0001:0002::1')).toBe('2001:db8:1:2::/64');
    expect(addressKey('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(addressKey('::1')).toBe('0:0:0:0::/64');
    expect(addressKey('fe80::')).toBe('fe80:0:0:0::/64');
  });
});

describe('locationOf', () => {
  it('reads what the edge knows, which may be nothing', () => {
    expect(locationOf({ latitude: '52.37', longitude: '4.90' })).toEqual({ latitude: 52.37, longitude: 4.9 });
    expect(locationOf({ latitude: 0, longitude: 0 })).toEqual({ latitude: 0, longitude: 0 });
    for (const cf of [
      undefined,
      null,
      {},
      { latitude: '', longitude: '' },
      { latitude: '91', longitude: '0' },
    ]) {
      expect(locationOf(cf)).toBeNull();
    }
    expect(locationOf({ latitude: 'x', longitude: '1' })).toBeNull();
    expect(locationOf({ latitude: null, longitude: '1' })).toBeNull();
  });
});

describe('locationHint', () => {
  it('names a region of the platform', () => {
    const at = (continent: string, longitude?: string) =>
      locationHint({ continent, latitude: '10', longitude });
    expect([at('EU', '4.9'), at('EU', '21'), at('EU')]).toEqual(['weur', 'eeur', 'weur']);
    expect([at('NA', '-122'), at('NA', '-74'), at('NA')]).toEqual(['wnam', 'enam', 'enam']);
    expect([at('AS', '51'), at('AS', '139'), at('AS')]).toEqual(['me', 'apac', 'apac']);
    expect([at('SA'), at('AF'), at('OC'), at('AN'), at('XX')]).toEqual([
      'sam',
      'afr',
      'oc',
      undefined,
      undefined,
    ]);
    expect(locationHint(undefined)).toBeUndefined();
  });
});

describe('traceOf', () => {
  const fixed = (bytes: Uint8Array) => bytes.fill(0xab);
  const id = '0af7651916cd43dd8448eb211c80319c';

  it('goes on with a trace in a span of its own', () => {
    const trace = traceOf(`00-${id}-b7ad6b7169203331-01`, fixed);
    expect(traceparent(trace)).toBe(`00-${id}-abababababababab-01`);
    expect(traceOf(`01-${id}-b7ad6b7169203331-00-more`, fixed)).toMatchObject({
      trace_id: id,
      sampled: false,
    });
  });

  it('begins one when there is none', () => {
    const none = [
      undefined,
      '',
      'x',
      `ff-${id}-b7ad6b7169203331-01`,
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    ];
    none.push(`00-${id}-${'0'.repeat(16)}-01`, `00-${id.toUpperCase()}-b7ad6b7169203331-01`);
    for (const header of none) expect(traceOf(header, fixed).trace_id).toBe('ab'.repeat(16));
  });
});

describe('bearerToken', () => {
  it('reads a bearer token and nothing else', () => {
    expect(bearerToken('Bearer a.b-c_d')).toBe('a.b-c_d');
    expect(bearerToken('bearer  x ')).toBe('x');
    for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Basic eA==', 'Bearer a b']) {
      expect(() => bearerToken(header)).toThrow('bearer');
    }
  });
});

describe('when a meeting is to be', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  it('is kept as a moment, and not in the past', () => {
    expect(futureStart('2026-03-01T10:00:00+01:00', now)).toBe('2026-03-01T09:00:00.000Z');
    expect(() => futureStart('2025-12-31T23:59:59Z', now)).toThrow('past');
  });

  it('is told in a zone that exists', () => {
    expect(knownZone('Europe/Amsterdam')).toBe('Europe/Amsterdam');
    expect(() => knownZone('Mars/Olympus')).toThrow('time_zone');
  });
});
