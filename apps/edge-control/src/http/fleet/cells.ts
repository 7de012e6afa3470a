import { type FleetNode, MeridianError } from '@meridian/protocol';
import { CONFIG } from '../../config.ts';
import type { ApiEnv } from '../../env.ts';
import type { FleetDirectoryApi, RegistryCellApi } from '../../fleet/contract.ts';
import { DIRECTORY_NAME } from '../../fleet/names.ts';
import { log } from '../../log.ts';
import { within } from '../../timeout.ts';

type FleetEnv = Pick<ApiEnv, 'CELLS' | 'DIRECTORY'>;

/** Asks the directory. Throws `timeout` when it does not answer. */
export function askDirectory<T>(
  env: FleetEnv,
  ask: (directory: FleetDirectoryApi) => Promise<T>,
): Promise<T> {
  const directory = env.DIRECTORY.getByName(DIRECTORY_NAME);
  return within(ask(directory), CONFIG.operators.timeoutMs, 'the fleet directory');
}

/** Asks one cell. Throws `timeout` when it does not answer. */
export function askCell<T>(
  env: FleetEnv,
  cell: string,
  ask: (cell: RegistryCellApi) => Promise<T>,
): Promise<T> {
  return within(ask(env.CELLS.getByName(cell)), CONFIG.operators.timeoutMs, `cell ${cell}`);
}

/** The cell of a node. Throws `not_found`. */
export async function cellOf(env: FleetEnv, nodeId: string): Promise<string> {
  const place = await askDirectory(env, (directory) => directory.locate(nodeId));
  if (!place) throw new MeridianError('not_found', 'there is no node of this name');
  return place.cell;
}

/** All nodes, by region and name, and the cells that did not say which they have. */
export async function allNodes(
  env: FleetEnv,
  region?: string,
): Promise<{ nodes: FleetNode[]; unreachable: string[] }> {
  const cells = await askDirectory(env, (directory) => directory.cells());
  const asked = cells.filter((one) => region === undefined || one.region === region);
  const unreachable: string[] = [];
  const answers = await Promise.all(
    asked.map(async ({ cell }) => {
      try {
        return await askCell(env, cell, (stub) => stub.nodes());
      } catch (error) {
        log('warn', 'a cell does not answer', { cell, error });
        unreachable.push(cell);
        return [];
      }
    }),
  );
  const nodes = answers.flat().toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  return { nodes, unreachable };
}

function sortKey({ node }: FleetNode): string {
  return `${node.region} ${node.node_id}`;
}
