import type { SfuEndpoint } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { Places } from './places.ts';

const node = (id: string): SfuEndpoint => ({
  node_id: id,
  region: 'r1',
  url: `ws://${id}.test/media`,
  address: '127.0.0.1',
  port: 40_000,
  dtls_fingerprint: 'sha-256 00',
  media_token: '',
});
const [A, B, C] = [node('a'), node('b'), node('c')];

function named(most: 'cold' | 'warm' | 'hot' = 'hot'): Places {
  const places = new Places(most);
  places.name({ sfu: A, standby: B, failover: 'hot' });
  return places;
}

describe('places', () => {
  it('are none before the room has named one', () => {
    const places = new Places('hot');
    expect(places.named).toBeNull();
    expect(places.next(0)).toBeNull();
    expect(places.nameStandby({ standby: B, failover: 'hot' })).toBe(false);
  });

  it('are tried in turn, beginning twice with the node that is named', () => {
    const places = named();
    expect([0, 1, 2, 3].map((failures) => places.next(failures))).toEqual([A, A, B, A]);
  });

  it('have no standby where media is, and never more than is wanted', () => {
    expect(named().assignment('a')).toEqual({ endpoint: B, tier: 'hot' });
    expect(named('warm').assignment('a')).toEqual({ endpoint: B, tier: 'warm' });
    expect(named('cold').assignment('a')).toBeNull();
    expect(named().assignment('b')).toBeNull();
  });

  it('are claimed until the room names one itself', () => {
    const places = named();
    expect(places.claim(A)).toBeNull();
    expect(places.claim(B)).toBe('a');
    places.nameStandby({ standby: C, failover: 'hot' });
    expect(places.named).toBe(B);
    expect(places.claim(B)).toBeNull();
    places.name({ sfu: A, standby: null, failover: 'cold' });
    places.nameStandby({ standby: C, failover: 'hot' });
    expect(places.named).toBe(A);
  });
});
