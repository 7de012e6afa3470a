import type { PlacementDecision } from '@meridian/protocol';
import { ROOM } from './config.ts';
import type { Database } from './database.ts';

/** The latest decisions on who is where. */
export class PlacementLog {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  append(decision: PlacementDecision): void {
    this.#db.run('insert into placements (body) values (?)', JSON.stringify(decision));
    this.#db.run(
      'delete from placements where seq <= (select max(seq) from placements) - ?',
      ROOM.placementLog.maxKept,
    );
  }

  /** Latest first. */
  all(): PlacementDecision[] {
    return this.#db
      .all<{ body: string }>('select body from placements order by seq desc')
      .map(({ body }) => JSON.parse(body));
  }

  clear(): void {
    this.#db.run('delete from placements');
  }
}
