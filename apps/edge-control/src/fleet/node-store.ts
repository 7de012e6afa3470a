import { NodeDescription, NodeWish, Timestamp } from '@meridian/protocol';
import { z } from 'zod';
import { CONFIG } from '../config.ts';

const StoredNode = z.object({
  description: NodeDescription,
  wish: NodeWish,
  /** Epoch milliseconds; null while it was linked when the cell was last seen. */
  gone_at: Timestamp.nullable(),
  revoked: z.boolean(),
});
export type StoredNode = z.infer<typeof StoredNode>;

/** What a cell must not forget of its nodes: who they are, what is wanted of them, and which meetings they were given. */
export class NodeStore {
  readonly #sql: SqlStorage;
  #forgotAt = 0;
  /** As they are stored: nodes come back more often than they change. */
  readonly #stored = new Map<string, string>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec('CREATE TABLE IF NOT EXISTS nodes (node_id TEXT PRIMARY KEY, body TEXT NOT NULL)');
    sql.exec(`CREATE TABLE IF NOT EXISTS hosted (node_id TEXT NOT NULL, meeting_id TEXT NOT NULL, at INTEGER NOT NULL,
      PRIMARY KEY (node_id, meeting_id))`);
    sql.exec('CREATE INDEX IF NOT EXISTS hosted_by_meeting ON hosted (meeting_id)');
  }

  all(): StoredNode[] {
    const rows = this.#sql
      .exec<{ node_id: string; body: string }>('SELECT node_id, body FROM nodes')
      .toArray();
    for (const { node_id, body } of rows) this.#stored.set(node_id, body);
    return rows.flatMap(({ body }) => StoredNode.safeParse(JSON.parse(body)).data ?? []);
  }

  put(node: StoredNode): void {
    const { node_id } = node.description;
    const body = JSON.stringify(node);
    if (this.#stored.get(node_id) === body) return;
    this.#stored.set(node_id, body);
    this.#sql.exec('INSERT OR REPLACE INTO nodes (node_id, body) VALUES (?, ?)', node_id, body);
  }

  remove(nodeId: string): void {
    this.#stored.delete(nodeId);
    this.#sql.exec('DELETE FROM nodes WHERE node_id = ?', nodeId);
  }

  /** The node was given the meeting: a row the first time, and when the last is half as old as it may get. */
  hosts(nodeId: string, meetingId: string, now: number): void {
    const fresh = now - CONFIG.cell.hostedMs / 2;
    this.#sql.exec(
      `INSERT INTO hosted (node_id, meeting_id, at) VALUES (?, ?, ?)
       ON CONFLICT (node_id, meeting_id) DO UPDATE SET at = excluded.at WHERE at < ?`,
      nodeId,
      meetingId,
      now,
      fresh,
    );
  }

  /** Latest first: these are running. */
  hostedBy(nodeId: string): string[] {
    return this.#sql
      .exec<{ meeting_id: string }>(
        'SELECT meeting_id FROM hosted WHERE node_id = ? ORDER BY at DESC',
        nodeId,
      )
      .toArray()
      .map(({ meeting_id }) => meeting_id);
  }

  /** The nodes that were given the meeting. */
  hosting(meetingId: string): Set<string> {
    const rows = this.#sql.exec<{ node_id: string }>(
      'SELECT node_id FROM hosted WHERE meeting_id = ?',
      meetingId,
    );
    return new Set(rows.toArray().map(({ node_id }) => node_id));
  }

  /** Now and then: it looks at every row. */
  forgetHosted(now: number): void {
    if (now - this.#forgotAt < CONFIG.cell.forgetHostedEveryMs) return;
    this.#forgotAt = now;
    this.#sql.exec('DELETE FROM hosted WHERE at < ?', now - CONFIG.cell.hostedMs);
  }
}
