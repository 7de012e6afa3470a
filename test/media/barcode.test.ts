import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBarcode, encodeBarcode } from './barcode.ts';

const barcode = fc.record({
  participant: fc.integer({ min: 1, max: 15 }),
  frame: fc.integer({ min: 0, max: 4095 }),
});

describe('barcode', () => {
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(barcode, (code) => {
        expect(decodeBarcode(encodeBarcode(code))).toEqual(code);
      }),
    );
  });

  it('does not read a picture with one block wrong', () => {
    fc.assert(
      fc.property(barcode, fc.integer({ min: 0, max: 23 }), (code, at) => {
        const blocks = encodeBarcode(code).map((white, index) => (index === at ? !white : white));
        expect(decodeBarcode(blocks)).toBeNull();
      }),
    );
  });

  it('does not read blank pictures', () => {
    expect(decodeBarcode(new Array<boolean>(24).fill(false))).toBeNull();
    expect(decodeBarcode(new Array<boolean>(24).fill(true))).toBeNull();
  });
});
