import { env } from 'cloudflare:workers';
import type { Location } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeNode } from '../../test/support/node.ts';
import { CONFIG } from '../config.ts';
import { refused } from '../result.ts';
import type { ReserveRequest } from './contract.ts';
import { FleetDirectory } from './fleet-directory.ts';
import { cellOfRegion, DIRECTORY_NAME } from './names.ts';
import { reserveAt, reserveNear } from './reserve.ts';
import { forgetSnapshot } from './snapshot-cache.ts';

// Far from the nodes of other files' tests.
const HERE = { latitude: -27.1, longitude: -109.4 };
const NEXT = { latitude: -33.6, longitude: -78.8 };

type Region = { region: string; nodeId: string; node: FakeNode };

async function regionAt(location: Location): Promise<Region> {
  const region = `near-${crypto.randomUUID().slice(0, 8)}`;
  const node = await FakeNode.registered(region, `${region}-1`, 100, { location });
  return { region, nodeId: node.node_id, node };
}

/** All that the directory knows, whatever other tests have registered. */
async function onlyKnown(...regions: Region[]): Promise<void> {
  const directory = env.DIRECTORY.getByName(DIRECTORY_NAME);
  const ours = async () => {
    const snapshot = await directory.snapshot();
    return snapshot.regions.filter((one) => regions.some(({ region }) => region === one.region));
  };
  await expect.poll(async () => (await ours()).length).toBe(regions.length);
  const known = { taken_at: Date.now(), regions: await ours(), silent: [] };
  vi.spyOn(FleetDirectory.prototype, 'snapshot').mockImplementation(async () => known);
  forgetSnapshot();
}

/** The cells, some of which do not answer, or say that they have no place. Notes in which order they were asked. */
class Cells {
  readonly asked: string[] = [];
  readonly #states = new Map<string, 'away' | 'full'>();
  readonly namespace = new Proxy(env.CELLS, {
    get: (cells, property) => {
      if (property === 'getByName') return (name: string) => this.#byName(name);
      return Reflect.get(cells, property, cells);
    },
  });

  set({ region }: Region, state: 'away' | 'full' | 'well'): void {
    const cell = cellOfRegion(region);
    if (state === 'well') this.#states.delete(cell);
    else this.#states.set(cell, state);
  }

  #byName(cell: string) {
    const reserve = async (request: ReserveRequest) => {
      this.asked.push(cell);
      const state = this.#states.get(cell);
      if (state === 'away') throw new Error('the object was reset');
      if (state === 'full') return refused('no_capacity', 'full');
      return env.CELLS.getByName(cell).reserve(request);
    };
    return { reserve };
  }
}

let near: Region;
let next: Region;
let cells: Cells;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  near = await regionAt(HERE);
  next = await regionAt(NEXT);
  cells = new Cells();
  await onlyKnown(near, next);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  forgetSnapshot();
  for (const { node } of [near, next]) node.frames.close();
});

async function reserveHere() {
  const wish = { meeting_id: crypto.randomUUID(), room_url: 'wss://x', location: HERE };
  const fleet = { CELLS: cells.namespace, DIRECTORY: env.DIRECTORY };
  const { reservation, candidates } = await reserveNear(fleet, wish, () => {});
  const verdicts = candidates.map(({ region, verdict }) => `${region} ${verdict}`);
  return { region: reservation.node.region, verdicts };
}

describe('a place near somebody', () => {
  it('is in the nearest region', async () => {
    expect(await reserveHere()).toEqual({
      region: near.region,
      verdicts: [`${near.region} chosen`, `${next.region} usable`],
    });
  });

  it('is in the next region while the cell of the nearest does not answer', async () => {
    cells.set(near, 'away');
    const there = { region: next.region, verdicts: [`${next.region} chosen`, `${near.region} away`] };
    expect(await reserveHere()).toEqual(there);
    expect(cells.asked).toEqual([near, next].map(({ region }) => cellOfRegion(region)));

    // Others do not wait for it again, for a while.
    cells.set(near, 'well');
    expect(await reserveHere()).toEqual(there);
    expect(cells.asked).toHaveLength(3);
    vi.setSystemTime(Date.now() + CONFIG.placement.awayMs);
    expect((await reserveHere()).region).toBe(near.region);
  });

  it('is in the next region when the nearest turns out to be full', async () => {
    cells.set(near, 'full');
    expect(await reserveHere()).toEqual({
      region: next.region,
      verdicts: [`${next.region} chosen`, `${near.region} full`],
    });
  });

  it('is asked for even where nobody answered before, when no other has one', async () => {
    cells.set(near, 'away');
    await reserveHere();
    cells.set(near, 'well');
    cells.set(next, 'full');
    expect(await reserveHere()).toEqual({
      region: near.region,
      verdicts: [`${near.region} chosen`, `${next.region} full`],
    });
  });

  it('is refused when nobody has one, and each is asked once', async () => {
    cells.set(near, 'away');
    cells.set(next, 'full');
    await expect(reserveHere()).rejects.toMatchObject({ code: 'no_capacity' });
    expect(cells.asked).toHaveLength(2);
  });
});

describe('a place at one node', () => {
  const at = ({ region, nodeId }: Region) => {
    const wish = { meeting_id: crypto.randomUUID(), room_url: 'wss://x', only_node_id: nodeId };
    return reserveAt({ CELLS: cells.namespace }, cellOfRegion(region), wish, () => {});
  };

  it('is there, or nowhere', async () => {
    expect(await at(near)).toMatchObject({ node: { node_id: near.nodeId } });
    expect(await at({ ...near, nodeId: next.nodeId })).toBeNull();
  });

  it('is not waited for where the cell has just failed to answer', async () => {
    cells.set(near, 'away');
    expect(await at(near)).toBeNull();
    expect(await at(near)).toBeNull();
    expect(cells.asked).toHaveLength(1);
  });
});
