import type { Database } from './database.ts';

/** What can become due. The key says for whom, where there are several. */
export type TimerKind =
  | 'admission' // of a participant: the socket did not come
  | 'blip' // of a participant: the socket has been gone for longer than a blip
  | 'grace' // of a participant, or of somebody at the door: the socket has been gone for too long
  | 'silence' // of a participant: their media is gone, is their socket alive?
  | 'waiting' // of somebody at the door: they have waited for too long
  | 'door' // somebody there may come in
  | 'move' // of a participant: has their media turned up at the new node?
  | 'home' // of a participant who was sent far away: is there a place nearer by now?
  | 'drain' // of a node that wants to be empty, or is lost: the next participant is moved away
  | 'verdict' // of a node that was reported: is it lost by now?
  | 'unheard' // of a node: its link has been gone for a while
  | 'standby' // those without one
  | 'empty' // nobody is there
  | 'delete' // the session ended long ago
  | 'close_links' // the nodes have heard of the end
  | 'outbox'
  | 'revocations'
  | 'idle_node'; // of a node: nobody is attached

export type Timer = { kind: TimerKind; key: string; due: number };

/** Many timers on the one alarm of the object. */
export class Timers {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  set(kind: TimerKind, due: number, key = ''): void {
    this.#db.run('insert or replace into timers (kind, key, due) values (?, ?, ?)', kind, key, due);
  }

  /** Sets it unless it is already due earlier. */
  setAtLatest(kind: TimerKind, due: number, key = ''): void {
    const current = this.get(kind, key);
    if (current === undefined || current > due) this.set(kind, due, key);
  }

  get(kind: TimerKind, key = ''): number | undefined {
    return this.#db.first<{ due: number }>('select due from timers where kind = ? and key = ?', kind, key)
      ?.due;
  }

  /** The last of a kind to come. */
  last(kind: TimerKind): number | undefined {
    const { due } = this.#db.first<{ due: number | null }>(
      'select max(due) as due from timers where kind = ?',
      kind,
    ) ?? { due: null };
    return due ?? undefined;
  }

  /** Of those that are due, each comes `gapMs` after another, the first so long after `now`. */
  spread(kind: TimerKind, now: number, gapMs: number): void {
    const due = this.#db.all<Timer>(
      'select kind, key, due from timers where kind = ? and due <= ? order by due',
      kind,
      now,
    );
    due.forEach(({ key }, index) => {
      this.set(kind, now + (index + 1) * gapMs, key);
    });
  }

  clear(kind: TimerKind, key = ''): void {
    if (this.get(kind, key) === undefined) return;
    this.#db.run('delete from timers where kind = ? and key = ?', kind, key);
  }

  clearAll(): void {
    this.#db.run('delete from timers');
  }

  due(now: number, limit: number): Timer[] {
    return this.#db.all<Timer>(
      'select kind, key, due from timers where due <= ? order by due limit ?',
      now,
      limit,
    );
  }

  /** When the alarm has to ring. */
  next(): number | null {
    return this.#db.first<{ due: number | null }>('select min(due) as due from timers')?.due ?? null;
  }
}
