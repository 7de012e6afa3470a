import { createHash } from 'node:crypto';
import { z } from 'zod';

export const Person = z.object({
  name: z.string().trim().min(1).max(100),
  email: z.email().max(254).toLowerCase(),
});
export type Person = z.infer<typeof Person>;

/** Addresses of a domain that nobody has (RFC 2606). */
export const DEMO_PEOPLE: readonly Person[] = [
  { name: 'Ada Marsh', email: 'ada@example.com' },
  { name: 'Ben Okafor', email: 'ben@example.com' },
  { name: 'Chiara Rossi', email: 'chiara@example.com' },
];

/** One of them looks after the fleet, as an operator of the platform would. */
export const DEMO_OPERATOR = 'ada@example.com';

/** Everybody who has signed in since the provider started, under a subject that their address makes. */
export class People {
  readonly #people = new Map<string, Person>();

  signIn(person: Person): string {
    const subject = createHash('sha256').update(person.email).digest('base64url').slice(0, 22);
    this.#people.set(subject, person);
    return subject;
  }

  find(subject: string): Person | undefined {
    return this.#people.get(subject);
  }
}
