import { index, integer, pgEnum, pgTable, primaryKey, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, moment } from './columns.ts';

export const nodeStatus = pgEnum('node_status', ['up', 'draining', 'full', 'lost', 'stopped']);

/**
 * History of the media nodes, one row per life of a process, for operators. Placement never reads it: the
 * live truth is in the cells, and heartbeats are not stored.
 */
export const sfuNodes = pgTable(
  'sfu_nodes',
  {
    id: varchar('id', { length: 63 }).notNull(),
    bootId: uuid('boot_id').notNull(),
    region: varchar('region', { length: 63 }).notNull(),
    address: varchar('address', { length: 255 }).notNull(),
    port: integer('port').notNull(),
    /** Participants at most. */
    capacity: integer('capacity').notNull(),
    /** Participants when the status was written. */
    currentLoad: integer('current_load').notNull().default(0),
    dtlsFingerprint: varchar('dtls_fingerprint', { length: 255 }).notNull(),
    version: varchar('version', { length: 64 }).notNull(),
    status: nodeStatus('status').notNull(),
    statusReason: text('status_reason'),
    statusChangedAt: moment('status_changed_at').notNull(),
    lastHeartbeat: moment('last_heartbeat'),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.id, t.bootId] }),
    index('sfu_nodes_region').on(t.region, t.status, t.currentLoad),
  ],
);
