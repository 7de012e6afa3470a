import { describe, expect, it } from 'vitest';
import { distanceKm } from '../../apps/edge-control/src/placement/index.ts';
import { seeded } from '../random.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import { attendance, DAY, Demand } from './demand.ts';
import { offsetMinutes, readCities } from './places.ts';
import { powerLawSizes } from './sizes.ts';

const CITIES = readCities();
const demand = (seed: number) => new Demand(CITIES, powerLawSizes(5, 2, 1_000), seeded(seed));

describe('readCities', () => {
  it('has people on all continents, and none where the platform is not', () => {
    expect(CITIES.length).toBeGreaterThan(5_000);
    expect(new Set(CITIES.map(({ continent }) => continent)).size).toBe(6);
    expect(CITIES.some(({ country }) => country === 'CN')).toBe(false);
    for (const { weight, location } of CITIES) {
      expect(weight).toBeGreaterThan(0);
      expect(Math.abs(location.latitude)).toBeLessThan(85);
    }
  });

  it('knows clocks', () => {
    expect(offsetMinutes('Asia/Kolkata')).toBe(330);
    expect(offsetMinutes('America/New_York')).toBe(-240);
    expect(offsetMinutes('Europe/London')).toBe(0);
    expect(() => offsetMinutes('Mars/Olympus')).toThrow(RangeError);
  });
});

describe('Demand', () => {
  it('says the same again with the same seed', () => {
    const [a, b, c] = [demand(1).meeting(), demand(1).meeting(), demand(2).meeting()];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it('has people come, stay and go within their meeting, near their city', () => {
    const meetings = demand(4);
    for (let i = 0; i < 2_000; i++) {
      const { participants } = meetings.meeting();
      expect(participants.length).toBeGreaterThanOrEqual(ASSUMPTIONS.meetings.smallest);
      for (const { city, location, from, to } of participants) {
        expect(from).toBeGreaterThanOrEqual(0);
        expect(from).toBeLessThan(DAY + ASSUMPTIONS.meetings.longestMinutes * 60);
        expect(to).toBeGreaterThanOrEqual(from);
        expect(to - from).toBeLessThanOrEqual(ASSUMPTIONS.meetings.longestMinutes * 60);
        expect(distanceKm(city.location, location)).toBeLessThan(400);
      }
    }
  });

  it('meets by day, by the clock of the organiser', () => {
    const meetings = demand(5);
    const hours = Array.from({ length: 5_000 }, () => {
      const [organiser] = meetings.meeting().participants;
      return organiser ? (organiser.from / 3_600 + organiser.city.offsetMinutes / 60 + 24) % 24 : Number.NaN;
    });
    const working = hours.filter((hour) => hour >= 8 && hour < 18).length / hours.length;
    expect(working).toBeGreaterThan(0.7);
    expect(working).toBeLessThan(0.95);
  });
});

describe('attendance', () => {
  it('is a little less than all', () => {
    const share = attendance(CITIES, 5, seeded(6));
    expect(share).toBeGreaterThan(0.8);
    expect(share).toBeLessThan(1);
  });
});
