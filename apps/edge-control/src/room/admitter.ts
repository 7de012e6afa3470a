import { MeridianError } from '@meridian/protocol';
import { inParallel } from '../in-parallel.ts';
import { type Actor, authorize } from './actor.ts';
import { admitWaiter, nodeToReuse } from './admission.ts';
import { ROOM } from './config.ts';
import { atDoor, freeToEnter } from './door.ts';
import type { Operation } from './operation.ts';
import type { Reserver } from './reserver.ts';
import type { Runtime } from './runtime.ts';

/** Lets people in who wait: each needs a place on a node first, which the room asks for itself. */
export class Admitter {
  readonly #runtime: Runtime;
  readonly #reserver: Reserver;
  /** Somebody has a place: they come in, if they are there. */
  readonly #letIn: (participantId: string) => Promise<void>;
  /** One attempt for each, however often it is asked for. */
  readonly #attempts = new Map<string, Promise<void>>();

  constructor(runtime: Runtime, reserver: Reserver, letIn: (participantId: string) => Promise<void>) {
    this.#runtime = runtime;
    this.#reserver = reserver;
    this.#letIn = letIn;
  }

  /** One of those at the door, or all. Throws when somebody had to stay, `no_capacity` for lack of a place. */
  async request(actorOf: (op: Operation) => Actor, targetId: string | 'all'): Promise<void> {
    const ids = this.#runtime.transact((op) => {
      authorize(op, actorOf(op), { kind: 'attend_door' });
      if (targetId !== 'all') return [atDoor(op, targetId).participant_id];
      return op.state.waiters.arrived().map(({ participant_id }) => participant_id);
    });
    const [failure] = await this.#admit(ids);
    if (failure !== undefined) throw failure;
  }

  /** Those whom nothing keeps any more. Never rejects: who could not be let in is tried again when the timer rings. */
  async admitFree(): Promise<void> {
    const { active } = this.#runtime.state.session;
    if (!active) return;
    const free = freeToEnter({ state: this.#runtime.state, session: active });
    const failures = await this.#admit(free.map(({ participant_id }) => participant_id));
    for (const error of failures) this.#runtime.log('warn', 'somebody could not be let in', { error });
  }

  /** Some at a time, in the order they came. Tells what went wrong. */
  async #admit(ids: readonly string[]): Promise<unknown[]> {
    const failures: unknown[] = [];
    let hopeless = false;
    await inParallel(ids, ROOM.door.parallel, async (id) => {
      if (hopeless) return;
      try {
        await this.#attempt(id);
      } catch (error) {
        failures.push(error);
        // The next one would find no place either.
        hopeless ||= error instanceof MeridianError && HOPELESS.has(error.code);
      }
    });
    return failures;
  }

  #attempt(participantId: string): Promise<void> {
    let attempt = this.#attempts.get(participantId);
    if (!attempt) {
      attempt = this.#admitOne(participantId).finally(() => this.#attempts.delete(participantId));
      this.#attempts.set(participantId, attempt);
    }
    return attempt;
  }

  async #admitOne(participantId: string): Promise<void> {
    const waiter = this.#runtime.state.waiters.get(participantId);
    // Gone meanwhile: there is nobody left to let in.
    if (!waiter) return;
    const { location, round_trips } = waiter;
    const placed = await this.#reserver.use(
      { location, round_trips },
      (found) =>
        this.#runtime.transact((op) => {
          const still = op.state.waiters.find(waiter);
          return { node_id: still ? admitWaiter(op, still, found).choice.node.node_id : null };
        }),
      (found) => this.#runtime.transact((op) => nodeToReuse(op, location, found)),
    );
    if (placed.node_id === null) return;
    this.#runtime.log('info', 'let in', { participant_id: participantId, node_id: placed.node_id });
    await this.#letIn(participantId);
  }
}

const HOPELESS: ReadonlySet<string> = new Set(['no_capacity', 'meeting_full', 'meeting_ended']);
