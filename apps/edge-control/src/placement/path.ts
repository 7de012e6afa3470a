import type { PlacementConfig } from './config.ts';

/** Round trip over so many kilometres on an access line like most. Milliseconds. */
export function estimatedMs(km: number, { path }: PlacementConfig): number {
  return path.accessMs + path.msPerKm * km;
}

/** A way of which both are known. */
export type MeasuredWay = { readonly rtt_ms: number; readonly km: number };

/**
 * What the participant's own access line (a satellite, a VPN, a busy Wi-Fi) takes longer than most: what all ways that
 * were measured have beyond their estimates. A detour of one way is not in the others, so the least is what they have in
 * common. Estimates need it as well, or a region would look near because nobody has measured the way there. Milliseconds.
 */
export function accessLineMs(measured: readonly MeasuredWay[], config: PlacementConfig): number {
  if (measured.length === 0) return 0;
  return Math.max(0, Math.min(...measured.map(({ rtt_ms, km }) => rtt_ms - estimatedMs(km, config))));
}
