import { within } from '../timeout.ts';
import { ROOM } from './config.ts';
import { endSession } from './lifecycle.ts';
import type { Operation } from './operation.ts';
import { depart, showReconnecting } from './presence.ts';
import type { RoomLinks } from './room-links.ts';
import type { Runtime } from './runtime.ts';
import type { SignalingSockets } from './signaling-sockets.ts';
import type { Timer } from './timers.ts';

/** What is to be done when a timer is due. */
export class TimerWork {
  readonly #runtime: Runtime;
  readonly #sockets: SignalingSockets;
  readonly #links: RoomLinks;

  constructor(runtime: Runtime, sockets: SignalingSockets, links: RoomLinks) {
    this.#runtime = runtime;
    this.#sockets = sockets;
    this.#links = links;
  }

  /** Never rejects: a timer whose work failed is set again, and does not keep the others. */
  async runDue(): Promise<void> {
    for (const timer of this.#runtime.state.timers.due(this.#runtime.now(), ROOM.timers.perAlarm)) {
      try {
        await this.#run(timer);
        // Nothing is left that a timer could be about.
        if (this.#runtime.isDeleted) return;
      } catch (error) {
        this.#runtime.log('error', 'the work of a timer failed', {
          timer: timer.kind,
          key: timer.key,
          error,
        });
        this.#retry(timer);
      }
    }
  }

  async #run(timer: Timer): Promise<void> {
    const { kind, key, due } = timer;
    if (kind === 'delete') return this.#delete();
    if (kind === 'outbox') return this.#flushOutbox();
    const proceed = this.#runtime.transact((op) => {
      // An earlier timer of the same alarm may have made this one void.
      if (op.state.timers.get(kind, key) !== due) return false;
      op.state.timers.clear(kind, key);
      this.#change(op, kind, key);
      return true;
    });
    if (!proceed) return;
    if (kind === 'close_links') this.#links.closeAll();
    if (kind === 'watchdog') {
      this.#sockets.closeSilent();
      this.#sockets.noticeLosses();
    }
  }

  #change(op: Operation, kind: Exclude<Timer['kind'], 'delete' | 'outbox'>, key: string): void {
    const { state, now } = op;
    const session = state.session.active;
    if (!session) return;
    const member = state.roster.get(key);
    switch (kind) {
      case 'admission':
        if (member?.stage === 'admitted') depart(op, member, 'timeout');
        return;
      case 'blip':
        if (member?.stage === 'joined') showReconnecting(op, member);
        return;
      case 'grace':
        if (!member) return;
        this.#runtime.log('info', 'timed out', { participant_id: key });
        depart(op, member, 'timeout');
        return;
      case 'empty':
        if (state.roster.size > 0) return;
        this.#runtime.log('info', 'empty');
        endSession(op, null, { byHost: false });
        return;
      case 'revocations': {
        const { pruned, next } = state.revocations.prune(now);
        if (next !== null) state.timers.set('revocations', next);
        if (pruned) op.changeDesired();
        return;
      }
      case 'grants':
        if (state.mesh.size < 2) return;
        state.timers.set('grants', now + ROOM.mesh.renewGrantsMs);
        op.changeDesired();
        return;
      case 'idle_node':
        if (state.roster.attachedTo(key) > 0) return;
        state.mesh.remove(key);
        op.changeDesired();
        return;
      case 'watchdog':
        state.timers.set('watchdog', now + ROOM.session.watchdogMs);
        return;
      case 'close_links':
        return;
    }
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
    this.#links.closeAll();
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

export function setOutboxTimer(op: Operation): void {
  const next = op.state.outbox.next(op.now);
  if (next === null) op.state.timers.clear('outbox');
  else op.state.timers.set('outbox', next);
}
