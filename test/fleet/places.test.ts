import { describe, expect, it } from 'vitest';
import { AddressPlan, CONTROL, FLEET_REGIONS, normalConditions, peopleOf } from './places.ts';

const host = (name: string, region: string) => ({ name, region });

describe('normalConditions', () => {
  it('are the same both ways, and worse the further it is', () => {
    const here = host('eu-west-1', 'eu-west');
    const near = host('eu-west-2', 'eu-west');
    const far = host('ap-southeast-1', 'ap-southeast');
    expect(normalConditions(here, far)).toEqual(normalConditions(far, here));
    expect(normalConditions(here, near).delayMs).toBeLessThan(normalConditions(here, far).delayMs);
  });

  it('add the last mile for people, and put the control plane where its objects are', () => {
    const node = host('eu-west-1', 'eu-west');
    const people = host(peopleOf('eu-west'), 'eu-west');
    const control = host(CONTROL, CONTROL);
    expect(normalConditions(people, node).jitterMs).toBeGreaterThan(0);
    expect(normalConditions(people, control)).toEqual(normalConditions(people, node));
  });
});

describe('AddressPlan', () => {
  it('gives everybody an address of their own', () => {
    const plan = new AddressPlan(42);
    const addresses = FLEET_REGIONS.flatMap((_, r) => [
      plan.people(r),
      ...[0, 1, 2].flatMap((n) => [plan.node(r, n), plan.publicNode(r, n)]),
    ]);
    addresses.push(plan.control, plan.claim);
    expect(new Set(addresses).size).toBe(addresses.length);
  });
});
