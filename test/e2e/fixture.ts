import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { BrowserParticipant, type ParticipantOptions } from '../browser/participant.ts';

/** The two pretend regions of the local stack, as places where a participant may be. */
export const PLACES = {
  amsterdam: { latitude: 52.37, longitude: 4.9, continent: 'EU' },
  ashburn: { latitude: 39.04, longitude: -77.49, continent: 'NA' },
} as const;

export const MEDIA_DIRECTORY = path.resolve(import.meta.dirname, '../../.meridian/test-media');

export type Fixture = {
  stack(): Stack;
  person(number: number, options?: Partial<ParticipantOptions>): Promise<BrowserParticipant>;
};

/**
 * A whole stack for one test file, and browsers for one test.
 * After each test: every browser closed, and no page has thrown.
 */
export function useStack(options: Parameters<typeof startStack>[0] = {}): Fixture {
  let stack: Stack | undefined;
  const people: BrowserParticipant[] = [];

  beforeAll(async () => {
    stack = await startStack({ ports: 'free', ...options });
  });
  afterEach(async () => {
    const errors = people.flatMap((person) => person.pageErrors.map((error) => `${person.name}: ${error}`));
    await Promise.all(people.splice(0).map((person) => person.close()));
    expect(errors).toEqual([]);
  });
  afterAll(async () => {
    await stack?.close();
  });

  const running = () => {
    if (!stack) throw new Error('the stack is not up');
    return stack;
  };
  return {
    stack: running,
    person: async (number, more = {}) => {
      const person = await BrowserParticipant.open({
        number,
        origin: running().url,
        mediaDirectory: MEDIA_DIRECTORY,
        location: PLACES.amsterdam,
        ...more,
      });
      people.push(person);
      return person;
    },
  };
}

/** Everybody decodes the right picture and tone of everybody else. */
export async function expectFullMesh(people: readonly BrowserParticipant[]): Promise<void> {
  for (const viewer of people) {
    for (const other of people) {
      if (viewer === other) continue;
      await viewer.expectToSee(other);
      await viewer.expectToHear(other);
    }
  }
}
