import { describe, expect, it } from 'vitest';
import { until } from '../../poll.ts';
import { seeded } from '../../random.ts';
import { Schedule } from './schedule.ts';

describe('Schedule', () => {
  it('runs things in the order in which they are due, and no earlier', async () => {
    const schedule = new Schedule();
    const random = seeded(3);
    const start = performance.now();
    const ran: { due: number; late: number }[] = [];
    for (let index = 0; index < 500; index++) {
      const due = start + 5 + Math.floor(random() * 60);
      schedule.at(due, () => ran.push({ due, late: performance.now() - due }));
    }
    await until('all to have run', 2_000, () => ran.length === 500);
    expect(ran.map(({ due }) => due)).toEqual(ran.map(({ due }) => due).toSorted((a, b) => a - b));
    expect(Math.min(...ran.map(({ late }) => late))).toBeGreaterThan(-1);
  });

  it('keeps the order of what is due at once', async () => {
    const schedule = new Schedule();
    const due = performance.now() + 10;
    const ran: number[] = [];
    for (let index = 0; index < 50; index++) schedule.at(due, () => ran.push(index));
    await until('all to have run', 2_000, () => ran.length === 50);
    expect(ran).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  it('runs what is due already at once', () => {
    let ran = false;
    new Schedule().at(performance.now(), () => {
      ran = true;
    });
    expect(ran).toBe(true);
  });
});
