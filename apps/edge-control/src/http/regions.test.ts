import { NearbyRegions } from '@meridian/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { call } from '../../test/support/api.ts';
import type { FleetSnapshot } from '../fleet/contract.ts';
import { FleetDirectory } from '../fleet/fleet-directory.ts';
import { forgetSnapshot } from '../fleet/snapshot-cache.ts';

afterEach(() => {
  vi.restoreAllMocks();
  forgetSnapshot();
});

/** All that the directory knows, whatever other tests have registered. */
function known(regions: FleetSnapshot['regions']): void {
  vi.spyOn(FleetDirectory.prototype, 'snapshot').mockImplementation(async () => ({
    taken_at: Date.now(),
    regions,
    silent: [],
  }));
  forgetSnapshot();
}

const REGION = {
  region: 'eu-probed',
  cell: 'eu-probed:0',
  location: { latitude: 52.4, longitude: 4.9 },
  nodes_up: 1,
  capacity: 500,
  free: 400,
  reported_at: 0,
};

describe('GET /regions', () => {
  it('says where to measure, for a minute', async () => {
    known([{ ...REGION, probe_url: 'https://ams-1.example/healthz' }]);
    const response = await call('/api/v1/regions');
    expect(response.headers.get('cache-control')).toBe('private, max-age=60');
    expect(NearbyRegions.parse(await response.json())).toEqual({
      regions: [{ region: 'eu-probed', probe_url: 'https://ams-1.example/healthz' }],
    });
  });

  it('is silent on cells of a former deployment', async () => {
    known([REGION]);
    expect(await (await call('/api/v1/regions')).json()).toEqual({ regions: [] });
  });
});
