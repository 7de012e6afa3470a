import type { Location } from '@meridian/protocol';
import cityTimezones from 'city-timezones';
import { ASSUMPTIONS } from './assumptions.ts';
import type { CatalogueRegion } from './catalogue.ts';

export type Continent = CatalogueRegion['continent'];

/** A city with the people in it who hold meetings. */
export type City = {
  location: Location;
  country: string;
  continent: Continent;
  offsetMinutes: number;
  /** In arbitrary units. */
  weight: number;
};

/** The cities of the world (Natural Earth, as packaged by city-timezones), weighted by people and use. */
export function readCities(): City[] {
  return cityTimezones.cityMapping.flatMap(({ lat, lng, pop, iso2, timezone }) => {
    const continent = timezone ? continentOf(timezone, iso2) : null;
    if (continent === null || iso2 === undefined) return [];
    const weight = pop * useIn(iso2, continent);
    if (weight <= 0) return [];
    const location = { latitude: lat, longitude: lng };
    return [{ location, country: iso2, continent, offsetMinutes: offsetMinutes(timezone), weight }];
  });
}

/** Its member states (ISO 3166-1). */
export const EUROPEAN_UNION: ReadonlySet<string> = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE'.split(' '),
);

const offsets = new Map<string, number>();

/** Minutes east of UTC on the simulated day. Throws a RangeError for a zone that does not exist. */
export function offsetMinutes(timeZone: string): number {
  const known = offsets.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const name = format
    .formatToParts(new Date(ASSUMPTIONS.day))
    .find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d+):?(\d+)?/.exec(name ?? '') ?? [];
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  offsets.set(timeZone, offset);
  return offset;
}

function useIn(country: string, continent: Continent): number {
  const byCountry: Readonly<Record<string, number>> = ASSUMPTIONS.use.byCountry;
  return byCountry[country] ?? ASSUMPTIONS.use.byContinent[continent];
}

const SOUTH_AMERICA = new Set('AR BO BR CL CO EC FK GF GY PE PY SR UY VE'.split(' '));
const BY_AREA: Readonly<Record<string, Continent>> = {
  Africa: 'africa',
  Asia: 'asia',
  Atlantic: 'europe',
  Australia: 'oceania',
  Europe: 'europe',
  Indian: 'africa',
  Pacific: 'oceania',
};

/** Null for places nobody lives in, like the Antarctic. */
function continentOf(timeZone: string, country: string): Continent | null {
  const area = timeZone.split('/')[0] ?? '';
  if (area === 'America') return SOUTH_AMERICA.has(country) ? 'south-america' : 'north-america';
  return BY_AREA[area] ?? null;
}
