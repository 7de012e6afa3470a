import { serve } from '../bench/remote.ts';
import { HeadlessPerson, type PersonOptions, type Report } from './person.ts';
import { now } from './rtc/tag.ts';

/** Several headless participants in one process, called over the channel of a fork. */
export type CrowdHandlers = {
  /** Answers with their ids. */
  join(people: PersonOptions[]): Promise<string[]>;
  leave(numbers: number[]): Promise<void>;
  say(message: { number: number; text: string }): void;
  mute(change: { number: number; muted: boolean }): Promise<void>;
  reset(nothing: null): void;
  report(nothing: null): Report[];
};

/** Milliseconds; shorter than what any encoder waits. */
const TICK = 10;
/** People who come in at once. */
const ARRIVALS = 4;

const people = new Map<number, HeadlessPerson>();

setInterval(() => {
  const at = now();
  for (const person of people.values()) person.tick(at);
}, TICK);

function person(number: number): HeadlessPerson {
  const found = people.get(number);
  if (!found) throw new Error(`nobody here has number ${number}`);
  return found;
}

const handlers: CrowdHandlers = {
  join: async (wanted) => {
    const waiting = [...wanted];
    const arrive = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        people.set(next.number, await HeadlessPerson.join(next));
      }
    };
    await Promise.all(Array.from({ length: ARRIVALS }, arrive));
    return wanted.map(({ number }) => person(number).report().participantId);
  },
  leave: async (numbers) => {
    await Promise.all(numbers.map((number) => person(number).leave()));
    for (const number of numbers) people.delete(number);
  },
  say: ({ number, text }) => person(number).say(text),
  mute: ({ number, muted }) => person(number).setMuted(muted),
  reset: () => {
    for (const one of people.values()) one.reset();
  },
  report: () => [...people.values()].map((one) => one.report()),
};

serve(handlers);
