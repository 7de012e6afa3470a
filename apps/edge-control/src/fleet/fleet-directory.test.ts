import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { CONFIG } from '../config.ts';
import type { CellReport } from './contract.ts';

const report = (region: string, free: number, nodes_up = 1): CellReport => ({
  region,
  cell: `${region}:0`,
  location: { latitude: 1, longitude: 2 },
  nodes_up,
  capacity: 500,
  free,
  probe_url: `https://${region}.example/healthz`,
});

describe('FleetDirectory', () => {
  it('shows the last report of each cell', async () => {
    const directory = env.DIRECTORY.getByName('last');
    await directory.report(report('eu-1', 10));
    await directory.report(report('us-1', 5));
    await directory.report(report('eu-1', 9));
    const { regions } = await directory.snapshot();
    expect(regions.map(({ region, free }) => [region, free]).sort()).toEqual([
      ['eu-1', 9],
      ['us-1', 5],
    ]);
  });

  it('starts from its last picture after a restart', async () => {
    const directory = env.DIRECTORY.getByName('restart');
    await directory.report(report('eu-1', 10));
    await evictDurableObject(directory);
    expect((await directory.snapshot()).regions).toMatchObject([
      { region: 'eu-1', free: 10, probe_url: 'https://eu-1.example/healthz' },
    ]);
  });

  it('takes reports of a former deployment, and starts from what that has stored', async () => {
    const directory = env.DIRECTORY.getByName('former');
    const { probe_url: _, ...former } = report('eu-1', 10);
    await directory.report(former);
    await evictDurableObject(directory);
    expect((await directory.snapshot()).regions).toMatchObject([{ region: 'eu-1', probe_url: null }]);
  });

  it('keeps which cell a node belongs to over a restart', async () => {
    const directory = env.DIRECTORY.getByName('belongs');
    expect(await directory.assign('n-1', 'eu-1')).toEqual({ ok: true, value: { cell: 'eu-1:0' } });
    await directory.assign('n-2', 'us-1');
    await evictDurableObject(directory);
    expect(await directory.locate('n-1')).toEqual({ region: 'eu-1', cell: 'eu-1:0' });
    expect(await directory.assign('n-1', 'us-1')).toMatchObject({ error: { code: 'conflict' } });
    expect(await directory.cells()).toEqual([
      { region: 'eu-1', cell: 'eu-1:0' },
      { region: 'us-1', cell: 'us-1:0' },
    ]);
    await directory.unassign('n-1');
    expect(await directory.locate('n-1')).toBeNull();
  });

  it('sets cells apart that have fallen silent, and counts no silence while it was away itself', async () => {
    const directory = env.DIRECTORY.getByName('silent');
    await directory.report(report('eu-1', 10));
    const later = (ms: number) =>
      runInDurableObject(directory, async (instance) => {
        const now = Date.now;
        Date.now = () => now() + ms;
        try {
          const { regions, silent = [] } = await instance.snapshot();
          return [regions.length, silent.length];
        } finally {
          Date.now = now;
        }
      });
    expect(await later(CONFIG.directory.staleAfterMs - 1_000)).toEqual([1, 0]);
    expect(await later(CONFIG.directory.staleAfterMs + 1_000)).toEqual([0, 1]);
  });

  it('writes little: a report every two seconds is not a row every two seconds', async () => {
    const directory = env.DIRECTORY.getByName('writes');
    const stored = () =>
      runInDurableObject(
        directory,
        (_, state) =>
          state.storage.sql.exec<{ picture: string }>('SELECT picture FROM regions').one().picture,
      );
    await directory.report(report('eu-1', 10));
    await directory.report(report('eu-1', 9));
    expect(JSON.parse(await stored())).toMatchObject({ free: 10 });
    await directory.report(report('eu-1', 0, 0));
    expect(JSON.parse(await stored())).toMatchObject({ nodes_up: 0 });
  });
});
