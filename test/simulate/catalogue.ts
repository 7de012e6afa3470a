import { readFileSync } from 'node:fs';
import { Location, RegionId } from '@meridian/protocol';
import { z } from 'zod';

const CATALOGUE = new URL('../../terraform/regions.json', import.meta.url);

/** A place where nodes can run. */
export const CatalogueRegion = z.object({
  /** Begins with the jurisdiction: resident meetings are kept where they belong by that. */
  id: RegionId,
  city: z.string().min(1),
  /** ISO 3166-1. */
  country: z.string().regex(/^[A-Z]{2}$/),
  continent: z.enum(['africa', 'asia', 'europe', 'north-america', 'oceania', 'south-america']),
  /** `eu` for its member states, otherwise the country. */
  jurisdiction: z.string().regex(/^[a-z]{2}$/),
  location: Location,
  /** Of the IANA database. */
  time_zone: z.string().min(1),
  /** Who offers machines there, and what they call the place. */
  providers: z.record(z.string(), z.string()),
});
export type CatalogueRegion = z.infer<typeof CatalogueRegion>;

export const Catalogue = z.object({ regions: z.array(CatalogueRegion).min(1) });

/** All regions of the catalogue. */
export function readCatalogue(): CatalogueRegion[] {
  return Catalogue.parse(JSON.parse(readFileSync(CATALOGUE, 'utf8'))).regions;
}
