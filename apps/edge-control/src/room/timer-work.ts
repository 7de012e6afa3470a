import { inParallel } from '../in-parallel.ts';
import { within } from '../timeout.ts';
import { ROOM } from './config.ts';
import { depart } from './departure.ts';
import { freeToEnter, leaveDoor } from './door.ts';
import { endSession, setOutboxTimer } from './lifecycle.ts';
import { leaveMesh } from './membership.ts';
import { stopMoving } from './moves.ts';
import type { Operation } from './operation.ts';
import { showReconnecting } from './presence.ts';
import type { Runtime } from './runtime.ts';
import type { Timer, TimerKind } from './timers.ts';

/** What the timers set off that is not done within a transaction. */
export type Chores = {
  closeLinks(): void;
  /** Their media is gone: closes the socket of a participant who is not heard of there either. */
  closeIfSilent(participantId: string): void;
  admitFree(): void;
  /** Moves one participant off the node; how long until the next, null when there is none. */
  drainOne(nodeId: string): Promise<number | null>;
  bringHome(participantId: string): Promise<void>;
  /** Asks whether a node that was reported is lost by now. */
  askVerdict(nodeId: string): Promise<void>;
  /** What becomes of a node whose link has been gone for a while. */
  seeToUnheard(nodeId: string): Promise<void>;
  seekStandby(): Promise<void>;
};

type WithinTransaction = Exclude<TimerKind, 'delete' | 'outbox' | 'drain'>;

/** Others have to be asked. */
const SLOW: ReadonlySet<TimerKind> = new Set(['drain', 'home', 'verdict', 'unheard', 'standby', 'outbox']);

/** What is to be done when a timer is due. */
export class TimerWork {
  readonly #runtime: Runtime;
  readonly #chores: Chores;

  constructor(runtime: Runtime, chores: Chores) {
    this.#runtime = runtime;
    this.#chores = chores;
  }

  /** Never rejects: a timer whose work failed is set again, and does not keep the others. */
  async runDue(): Promise<void> {
    const due = this.#runtime.state.timers.due(this.#runtime.now(), ROOM.timers.perAlarm);
    const { quick = [], slow = [] } = Object.groupBy(due, ({ kind }) => (SLOW.has(kind) ? 'slow' : 'quick'));
    for (const timer of quick) await this.#attempt(timer);
    await inParallel(slow, ROOM.timers.parallel, (timer) => this.#attempt(timer));
  }

  async #attempt(timer: Timer): Promise<void> {
    // Nothing is left that a timer could be about.
    if (this.#runtime.isDeleted) return;
    try {
      await this.#run(timer);
    } catch (error) {
      const { kind, key } = timer;
      this.#runtime.log('error', 'the work of a timer failed', { timer: kind, key, error });
      this.#retry(timer);
    }
  }

  async #run(timer: Timer): Promise<void> {
    const { kind, key, due } = timer;
    if (kind === 'delete') return this.#delete();
    if (kind === 'outbox') return this.#flushOutbox();
    if (kind === 'drain') return this.#drain(key);
    const proceed = this.#runtime.transact((op) => {
      // An earlier timer of the same alarm may have made this one void.
      if (op.state.timers.get(kind, key) !== due) return false;
      op.state.timers.clear(kind, key);
      this.#change(op, kind, key);
      return true;
    });
    if (!proceed) return;
    if (kind === 'close_links') this.#chores.closeLinks();
    if (kind === 'silence') this.#chores.closeIfSilent(key);
    if (kind === 'door') this.#chores.admitFree();
    if (kind === 'home') await this.#chores.bringHome(key);
    if (kind === 'verdict') await this.#chores.askVerdict(key);
    if (kind === 'unheard') await this.#chores.seeToUnheard(key);
    if (kind === 'standby') await this.#chores.seekStandby();
  }

  #change(op: Operation, kind: WithinTransaction, key: string): void {
    const { state, now } = op;
    const session = state.session.active;
    if (!session) return;
    const member = state.roster.get(key);
    const waiter = state.waiters.get(key);
    switch (kind) {
      case 'admission':
        if (member?.stage === 'admitted') depart(op, member, 'timeout');
        if (waiter?.since === null) leaveDoor(op, waiter, 'timeout');
        return;
      case 'blip':
        if (member?.stage === 'joined') showReconnecting(op, member);
        return;
      case 'grace':
        if (!member && !waiter) return;
        this.#runtime.log('info', 'timed out', { participant_id: key });
        if (member) depart(op, member, 'timeout');
        if (waiter) leaveDoor(op, waiter, 'timeout');
        return;
      case 'waiting':
        if (waiter) leaveDoor(op, waiter, 'timeout');
        return;
      case 'door':
        // Until everybody is in: this instance may be gone before it has let them in.
        if (freeToEnter(op).length > 0) state.timers.set('door', now + ROOM.door.retryMs);
        return;
      case 'move':
        if (member) stopMoving(op, member);
        return;
      case 'empty':
        if (state.roster.size > 0 || state.waiters.size > 0) return;
        this.#runtime.log('info', 'empty');
        endSession(op, null, { byHost: false });
        return;
      case 'revocations': {
        const { pruned, next } = state.revocations.prune(now);
        if (next !== null) state.timers.set('revocations', next);
        if (pruned) op.changeDesired();
        return;
      }
      case 'idle_node':
        if (state.roster.dependOn(key) === 0) leaveMesh(op, key);
        return;
      case 'home':
        // While the object was away many may have come due.
        state.timers.spread('home', now, ROOM.move.gapMs);
        return;
      case 'verdict':
      case 'unheard':
      case 'standby':
      case 'silence':
      case 'close_links':
        return;
    }
  }

  async #drain(nodeId: string): Promise<void> {
    const again = await this.#chores.drainOne(nodeId);
    this.#runtime.transact((op) => {
      if (again === null) op.state.timers.clear('drain', nodeId);
      else op.state.timers.set('drain', op.now + again, nodeId);
    });
  }

  async #flushOutbox(): Promise<void> {
    const batches = this.#runtime.transact((op) => {
      const due = op.state.outbox.due(op.now);
      for (const batch of due) op.state.outbox.markSent(batch, op.now);
      setOutboxTimer(op);
      return due;
    });
    for (const batch of batches) {
      try {
        await within(this.#runtime.env.OUTBOX.send(batch), ROOM.outbox.sendTimeoutMs, 'the queue');
      } catch (error) {
        // Nothing is lost: what is not confirmed is sent again.
        this.#runtime.log('error', 'the outbox could not be sent', { error });
      }
    }
  }

  async #delete(): Promise<void> {
    const { state } = this.#runtime;
    const session = state.session.current;
    if (!session || session.phase === 'active') {
      this.#runtime.transact((op) => op.state.timers.clear('delete'));
      return;
    }
    const now = this.#runtime.now();
    const givenUp = now - (session.ended_at ?? session.started_at) >= ROOM.session.keepUnconfirmedMs;
    if (!state.outbox.isEmpty && !givenUp) {
      this.#runtime.transact((op) => op.state.timers.set('delete', now + ROOM.session.deleteRetryMs));
      return;
    }
    if (!state.outbox.isEmpty)
      this.#runtime.log('error', 'rows were given up: Postgres never confirmed them');
    this.#chores.closeLinks();
    await this.#runtime.deleteAll();
  }

  #retry({ kind, key }: Timer): void {
    try {
      this.#runtime.transact((op) => op.state.timers.set(kind, op.now + ROOM.timers.retryMs, key));
    } catch (error) {
      this.#runtime.log('error', 'a timer could not be set again', { timer: kind, key, error });
    }
  }
}
