import { describe, expect, it } from 'vitest';
import { distanceKm } from '../../apps/edge-control/src/placement/index.ts';
import { readCatalogue } from './catalogue.ts';
import { EUROPEAN_UNION, offsetMinutes } from './places.ts';

const REGIONS = readCatalogue();

describe('the catalogue of regions', () => {
  it('has more than fifty places, on every continent, of several providers', () => {
    expect(REGIONS.length).toBeGreaterThanOrEqual(54);
    expect(new Set(REGIONS.map(({ continent }) => continent)).size).toBe(6);
    expect(new Set(REGIONS.flatMap(({ providers }) => Object.keys(providers))).size).toBeGreaterThan(4);
    for (const { providers } of REGIONS) expect(Object.keys(providers).length).toBeGreaterThan(0);
  });

  it('names each once, and its jurisdiction first', () => {
    expect(new Set(REGIONS.map(({ id }) => id)).size).toBe(REGIONS.length);
    for (const { id, jurisdiction, country } of REGIONS) {
      expect(jurisdiction).toBe(EUROPEAN_UNION.has(country) ? 'eu' : country.toLowerCase());
      expect(id.startsWith(`${jurisdiction}-`)).toBe(true);
    }
  });

  it('has each where its clock says, and no two in one place', () => {
    for (const { id, location, time_zone } of REGIONS) {
      // Countries bend their time by up to two hours and a half from that of the sun.
      const sun = location.longitude / 15;
      expect.soft(Math.abs(offsetMinutes(time_zone) / 60 - sun), id).toBeLessThan(2.6);
      for (const other of REGIONS) {
        if (other.id < id)
          expect(distanceKm(location, other.location), `${id} ${other.id}`).toBeGreaterThan(40);
      }
    }
  });
});
