import { ChatStore } from './chat-store.ts';
import type { Database } from './database.ts';
import { EventLog } from './event-log.ts';
import { Exclusions } from './exclusions.ts';
import { MeshStore } from './mesh-store.ts';
import { Outbox } from './outbox.ts';
import { PlacementLog } from './placement-log.ts';
import { Revocations } from './revocations.ts';
import { Roster } from './roster.ts';
import { SessionStore } from './session.ts';
import { Timers } from './timers.ts';
import { TopologyStore } from './topology-store.ts';
import { Waiters } from './waiters.ts';

/** All the room knows durably. Built from SQLite whenever the object wakes, or when a transaction failed. */
export class RoomState {
  readonly session: SessionStore;
  readonly roster: Roster;
  readonly waiters: Waiters;
  readonly exclusions: Exclusions;
  readonly mesh: MeshStore;
  readonly topology: TopologyStore;
  readonly placements: PlacementLog;
  readonly revocations: Revocations;
  readonly events: EventLog;
  readonly chat: ChatStore;
  readonly outbox: Outbox;
  readonly timers: Timers;

  constructor(db: Database) {
    this.session = new SessionStore(db);
    this.roster = new Roster(db);
    this.waiters = new Waiters(db);
    this.exclusions = new Exclusions(db);
    this.mesh = new MeshStore(db);
    const arrivals = this.mesh.all().toSorted((a, b) => a.added_at - b.added_at);
    this.topology = new TopologyStore(
      db,
      arrivals.map(({ node }) => node),
    );
    this.placements = new PlacementLog(db);
    this.revocations = new Revocations(db);
    this.events = new EventLog(db);
    this.chat = new ChatStore(db);
    this.outbox = new Outbox(db);
    this.timers = new Timers(db);
  }
}
