import { expect, test } from 'vitest';
import { qualityRows } from './quality-rows.ts';

test('says the numbers as people read them', () => {
  const rows = qualityRows(
    { lossDown: 0.0123, lossUp: 0, rttMs: 41.6, bitrateUp: 830_400, bitrateDown: 2_340_000 },
    'eu-west',
  );
  expect(rows.map(([, value]) => value)).toEqual([
    '42 ms',
    '1.2 %',
    '0 %',
    '2.3 Mbit/s',
    '830 kbit/s',
    'eu-west',
  ]);
});

test('says nothing of what is not known', () => {
  const quality = { lossDown: 0, lossUp: 0.5, rttMs: null, bitrateUp: 0, bitrateDown: 0 };
  expect(qualityRows(quality, '').map(([, value]) => value)).toEqual([
    '–',
    '0 %',
    '50 %',
    '0 kbit/s',
    '0 kbit/s',
    '–',
  ]);
});
