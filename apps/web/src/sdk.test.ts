import { describe, expect, it } from 'vitest';
import { networkOptions } from './sdk.ts';

describe('what the address says of the network', () => {
  it.each([
    ['?ice=relay', { iceTransportPolicy: 'relay' }],
    ['?lang=de&ice=relay', { iceTransportPolicy: 'relay' }],
    ['', {}],
    ['?ice=all', {}],
    ['?ice=anything', {}],
  ])('%s', (search, options) => {
    expect(networkOptions(search)).toEqual(options);
  });
});
