import type { Location, PlacementCandidate } from '@meridian/protocol';
import { type Candidate, freePlaces } from './candidate.ts';
import { PLACEMENT } from './config.ts';
import { distanceKm } from './distance.ts';
import type { Considered } from './place.ts';

/**
 * What was thought of the candidates, for logs and for whoever asks why somebody is where they are. Of many only the
 * nearest: nobody is placed in the thirtieth region, and why not in the first one is what people ask.
 */
export function explainAll(
  considered: readonly Considered<Candidate>[],
  kind: PlacementCandidate['kind'],
  location: Location | null,
): PlacementCandidate[] {
  const paths = considered.map(({ score }) => score.path_ms).toSorted((a, b) => a - b);
  const farthest = paths[PLACEMENT.log.candidates - 1] ?? Number.POSITIVE_INFINITY;
  return considered
    .filter(({ verdict, score }) => verdict === 'chosen' || score.path_ms <= farthest)
    .slice(0, PLACEMENT.log.candidates)
    .map((one) => explain(one, kind, location));
}

function explain(
  { candidate, verdict, score, utilisation }: Considered<Candidate>,
  kind: PlacementCandidate['kind'],
  location: Location | null,
): PlacementCandidate {
  return {
    kind,
    id: candidate.id,
    region: candidate.region,
    distance_km: location === null ? null : Math.round(distanceKm(location, candidate.location)),
    free: freePlaces(candidate),
    utilisation: Math.round(utilisation * 100) / 100,
    verdict,
    score,
  };
}
