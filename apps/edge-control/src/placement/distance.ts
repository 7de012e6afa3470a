import type { Location } from '@meridian/protocol';

const EARTH_RADIUS_KM = 6_371;

/** Great-circle distance (haversine): exact enough, as light in fibre does not follow it either. */
export function distanceKm(a: Location, b: Location): number {
  const dLatitude = radians(b.latitude - a.latitude);
  const dLongitude = radians(b.longitude - a.longitude);
  const h =
    Math.sin(dLatitude / 2) ** 2 +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(dLongitude / 2) ** 2;
  // Rounding can carry h a little above 1 for antipodes.
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
