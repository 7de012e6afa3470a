import { describe, expect, it } from 'vitest';
import { networkOptions } from './sdk.ts';

describe('what the address says of the network', () => {
  it.each([
    ['?ice=relay', { iceTransportPolicy: 'relay' }],
    ['?lang=de&ice=relay', { iceTransportPolicy: 'relay' }],
    ['', {}],
    ['?ice=all', {}],
    ['?ice=anything', {}],
    ['?failover=cold&ice=relay', { iceTransportPolicy: 'relay', failover: 'cold' }],
    ['?failover=warm', { failover: 'warm' }],
    ['?failover=anything', {}],
  ])('%s', (search, options) => {
    expect(networkOptions(search)).toEqual(options);
  });
});
