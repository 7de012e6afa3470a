import type { Seconds } from './demand.ts';
import type { Estimate } from './statistics.ts';

export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}

export function clock(at: Seconds): string {
  const minutes = Math.round(at / 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** In a unit, with the interval: `12.3 ± 0.4`. */
export function within({ value, plusMinus }: Estimate, unit = 1, digits = 1): string {
  return `${number(value / unit, digits)} ± ${number(plusMinus / unit, digits)}`;
}

export function withinPercent({ value, plusMinus }: Estimate, digits = 2): string {
  return `${(value * 100).toFixed(digits)} ± ${(plusMinus * 100).toFixed(digits)} %`;
}

export function number(value: number, digits = 0): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
