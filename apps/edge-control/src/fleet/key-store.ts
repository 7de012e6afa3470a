import { NodePublicKey } from '@meridian/protocol';
import { calculateJwkThumbprint } from 'jose';
import { CONFIG } from '../config.ts';

type EnrolmentRow = { node_id: string; expires_at: number; kid: string | null };

/** The keys of a cell's nodes, and the secrets with which new ones may be made known. */
export class KeyStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    // One key for each node: enrolling anew replaces it, revoking removes it.
    sql.exec(
      'CREATE TABLE IF NOT EXISTS node_keys (node_id TEXT PRIMARY KEY, kid TEXT NOT NULL, jwk TEXT NOT NULL)',
    );
    sql.exec(`CREATE TABLE IF NOT EXISTS enrolments (hash TEXT PRIMARY KEY, node_id TEXT NOT NULL,
      expires_at INTEGER NOT NULL, kid TEXT)`);
  }

  /** Keeps a new secret, of which only the hash is stored. Answers when it expires, epoch milliseconds. */
  offer(hash: string, nodeId: string, now: number): number {
    const expiresAt = now + CONFIG.cell.enrolmentMs;
    this.#sql.exec('DELETE FROM enrolments WHERE expires_at <= ?', now);
    this.#sql.exec(
      'INSERT INTO enrolments (hash, node_id, expires_at) VALUES (?, ?, ?)',
      hash,
      nodeId,
      expiresAt,
    );
    return expiresAt;
  }

  /**
   * Takes the node's key in place of any it had, and answers its thumbprint. Null when the secret is not good: unknown,
   * of another node, expired, or used with another key. The same key may come again, as answers get lost.
   */
  async accept(hash: string, nodeId: string, key: NodePublicKey, now: number): Promise<string | null> {
    const kid = await calculateJwkThumbprint(key);
    const [offer] = this.#sql
      .exec<EnrolmentRow>('SELECT node_id, expires_at, kid FROM enrolments WHERE hash = ?', hash)
      .toArray();
    if (!offer || offer.node_id !== nodeId || offer.expires_at <= now) return null;
    if (offer.kid !== null) return offer.kid === kid ? kid : null;
    this.#sql.exec('UPDATE enrolments SET kid = ? WHERE hash = ?', kid, hash);
    this.#sql.exec(
      'INSERT OR REPLACE INTO node_keys (node_id, kid, jwk) VALUES (?, ?, ?)',
      nodeId,
      kid,
      JSON.stringify(key),
    );
    return kid;
  }

  find(nodeId: string, kid: string): NodePublicKey | null {
    const [row] = this.#sql
      .exec<{ jwk: string }>('SELECT jwk FROM node_keys WHERE node_id = ? AND kid = ?', nodeId, kid)
      .toArray();
    return row ? NodePublicKey.parse(JSON.parse(row.jwk)) : null;
  }

  revoke(nodeId: string): void {
    this.#sql.exec('DELETE FROM node_keys WHERE node_id = ?', nodeId);
    this.#sql.exec('DELETE FROM enrolments WHERE node_id = ?', nodeId);
  }
}
