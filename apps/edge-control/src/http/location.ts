import type { Location } from '@meridian/protocol';
import { z } from 'zod';

// Strings in the runtime's `request.cf`; either may be missing.
const degrees = (limit: number) =>
  z
    .union([z.number(), z.string().trim().min(1)])
    .transform(Number)
    .pipe(z.number().min(-limit).max(limit));
const Coordinates = z.object({ latitude: degrees(90), longitude: degrees(180) });
const Continent = z.object({ continent: z.enum(['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA']) });

/** Where a request comes from, as far as the edge can tell. */
export function locationOf(cf: unknown): Location | null {
  const parsed = Coordinates.safeParse(cf);
  return parsed.success ? parsed.data : null;
}

/**
 * The platform's region to start an object in, near the first who needs it. Undefined leaves it to the
 * platform, which takes the edge the request came through.
 */
export function locationHint(cf: unknown): DurableObjectLocationHint | undefined {
  const parsed = Continent.safeParse(cf);
  if (!parsed.success) return undefined;
  const longitude = locationOf(cf)?.longitude;
  switch (parsed.data.continent) {
    case 'AF':
      return 'afr';
    case 'OC':
      return 'oc';
    case 'SA':
      return 'sam';
    case 'AN':
      return undefined;
    case 'AS':
      // West of Pakistan.
      return longitude !== undefined && longitude < 60 ? 'me' : 'apac';
    case 'EU':
      // East of Germany's eastern border.
      return longitude !== undefined && longitude > 15 ? 'eeur' : 'weur';
    case 'NA':
      // West of the Great Plains.
      return longitude !== undefined && longitude < -100 ? 'wnam' : 'enam';
  }
}
