import { DurableObject } from 'cloudflare:workers';
import { Location, RegionId, Timestamp } from '@meridian/protocol';
import { z } from 'zod';
import { CONFIG } from '../config.ts';
import type { FleetEnv } from '../env.ts';
import { accepted, type Result, refused } from '../result.ts';
import type { CellReport, FleetDirectoryApi, FleetSnapshot, RegionSnapshot } from './contract.ts';
import { cellName } from './names.ts';

const StoredRegion = z.object({
  region: RegionId,
  cell: z.string(),
  location: Location,
  nodes_up: z.number().int(),
  capacity: z.number().int(),
  free: z.number().int(),
  probe_url: z.string().nullable().default(null),
  reported_at: Timestamp,
}) satisfies z.ZodType<RegionSnapshot>;

type Assigned = { node_id: string; region: string; cell: string };

/**
 * Knows all cells by their reports, and which cell each node belongs to. What it stores of reports only serves to start
 * from after a restart.
 */
export class FleetDirectory extends DurableObject<FleetEnv> implements FleetDirectoryApi {
  readonly #startedAt = Date.now();
  readonly #regions = new Map<string, RegionSnapshot>();
  readonly #storedAt = new Map<string, number>();

  constructor(ctx: DurableObjectState, env: FleetEnv) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS regions (cell TEXT PRIMARY KEY, picture TEXT NOT NULL)');
    ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS nodes (node_id TEXT PRIMARY KEY, region TEXT NOT NULL, cell TEXT NOT NULL)',
    );
    for (const { picture } of ctx.storage.sql.exec<{ picture: string }>('SELECT picture FROM regions')) {
      const stored = StoredRegion.safeParse(JSON.parse(picture));
      if (stored.success) this.#regions.set(stored.data.cell, stored.data);
    }
  }

  async report(report: CellReport): Promise<void> {
    const now = Date.now();
    const former = this.#regions.get(report.cell);
    const region = { ...report, reported_at: now };
    this.#regions.set(report.cell, region);
    const cameOrWent = former === undefined || (former.nodes_up === 0) !== (report.nodes_up === 0);
    if (cameOrWent || now - (this.#storedAt.get(report.cell) ?? 0) >= CONFIG.directory.persistEveryMs) {
      this.#store(region);
      this.#forget(now);
    }
  }

  async snapshot(): Promise<FleetSnapshot> {
    const now = Date.now();
    const regions = [...this.#regions.values()];
    return {
      taken_at: now,
      regions: regions.filter((region) => this.#isCurrent(region, now)),
      silent: regions.filter((region) => !this.#isCurrent(region, now)),
    };
  }

  async cells(): Promise<{ region: string; cell: string }[]> {
    return this.ctx.storage.sql
      .exec<{ region: string; cell: string }>('SELECT DISTINCT region, cell FROM nodes ORDER BY region, cell')
      .toArray();
  }

  async assign(nodeId: string, region: string): Promise<Result<{ cell: string }>> {
    const known = this.#assigned(nodeId);
    if (known?.region === region) return accepted({ cell: known.cell });
    if (known) return refused('conflict', `there is a node of this name in ${known.region}`);
    const cell = this.#cellWithRoom(region);
    this.ctx.storage.sql.exec(
      'INSERT INTO nodes (node_id, region, cell) VALUES (?, ?, ?)',
      nodeId,
      region,
      cell,
    );
    return accepted({ cell });
  }

  async locate(nodeId: string): Promise<{ region: string; cell: string } | null> {
    const known = this.#assigned(nodeId);
    return known ? { region: known.region, cell: known.cell } : null;
  }

  async unassign(nodeId: string): Promise<void> {
    this.ctx.storage.sql.exec('DELETE FROM nodes WHERE node_id = ?', nodeId);
  }

  #assigned(nodeId: string): Assigned | undefined {
    const [known] = this.ctx.storage.sql
      .exec<Assigned>('SELECT node_id, region, cell FROM nodes WHERE node_id = ?', nodeId)
      .toArray();
    return known;
  }

  /** The first of the region's cells that takes another node. */
  #cellWithRoom(region: string): string {
    const sizes = new Map(
      this.ctx.storage.sql
        .exec<{ cell: string; size: number }>(
          'SELECT cell, count(*) AS size FROM nodes WHERE region = ? GROUP BY cell',
          region,
        )
        .toArray()
        .map(({ cell, size }) => [cell, size]),
    );
    let shard = 0;
    while ((sizes.get(cellName(region, shard)) ?? 0) >= CONFIG.cell.maxNodes) shard += 1;
    return cellName(region, shard);
  }

  /** While the directory itself was away nobody could report, so that time does not count. */
  #isCurrent(region: RegionSnapshot, now: number): boolean {
    return now - Math.max(region.reported_at, this.#startedAt) <= CONFIG.directory.staleAfterMs;
  }

  #store(region: RegionSnapshot): void {
    this.#storedAt.set(region.cell, region.reported_at);
    this.ctx.storage.sql.exec(
      'INSERT INTO regions (cell, picture) VALUES (?, ?) ON CONFLICT (cell) DO UPDATE SET picture = excluded.picture',
      region.cell,
      JSON.stringify(region),
    );
  }

  #forget(now: number): void {
    for (const { cell, reported_at } of this.#regions.values()) {
      if (now - reported_at <= CONFIG.directory.forgetAfterMs) continue;
      this.#regions.delete(cell);
      this.#storedAt.delete(cell);
      this.ctx.storage.sql.exec('DELETE FROM regions WHERE cell = ?', cell);
    }
  }
}
