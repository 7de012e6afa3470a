import type { ConnectionQuality } from '@meridian/client';

type Measured = Pick<ConnectionQuality, 'lossDown' | 'lossUp' | 'rttMs' | 'bitrateUp' | 'bitrateDown'>;

/** The numbers behind the bars, for whoever wants to know. */
export function qualityRows(quality: Measured, region: string): [name: string, value: string][] {
  return [
    ['Round trip', quality.rttMs === null ? '–' : `${Math.round(quality.rttMs)} ms`],
    ['Loss, to you', percent(quality.lossDown)],
    ['Loss, from you', percent(quality.lossUp)],
    ['Receiving', bitrate(quality.bitrateDown)],
    ['Sending', bitrate(quality.bitrateUp)],
    ['Region', region === '' ? '–' : region],
  ];
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(fraction > 0 && fraction < 0.1 ? 1 : 0)} %`;
}

function bitrate(bitsPerSecond: number): string {
  if (bitsPerSecond < 1_000_000) return `${Math.round(bitsPerSecond / 1000)} kbit/s`;
  return `${(bitsPerSecond / 1_000_000).toFixed(1)} Mbit/s`;
}
