import type { Fleet } from '../fleet/fleet.ts';
import { childrenOf, connectionsAt, residentBytes } from '../process/memory.ts';

/** What a node that nobody uses has none of, by its own metrics. */
const EMPTY =
  /^meridian_media_(peers|participants|standbys|meetings|room_links|relay_links|transports|producers|consumers|data_producers|data_consumers|worker_pipes)(\{[^}]*\})? (\d+)$/gm;

/** Bytes by which a node may have grown: a heap that is used once does not shrink again at once. */
const GROWTH = 150 * 1024 * 1024;

export const METRICS_TOKEN = 'a token for the metrics of the test fleet';

/** Of one node, at one time. */
export type NodeState = {
  readonly id: string;
  /** Another process has nothing to do with what was before. */
  readonly pid: number;
  /** Of the node and its workers, bytes. */
  readonly memory: number;
  /** What it has of anything. */
  readonly held: readonly string[];
};

export async function nodeState(fleet: Fleet, id: string): Promise<NodeState> {
  const node = fleet.node(id);
  const pid = node.process?.pid;
  const response = await fetch(`http://${node.address}:${node.port}/metrics`, {
    headers: { authorization: `Bearer ${METRICS_TOKEN}` },
    signal: AbortSignal.timeout(5_000),
  });
  if (pid === undefined || !response.ok) throw new Error(`no metrics of ${id}: ${response.status}`);
  const text = await response.text();
  const held = [...text.matchAll(EMPTY)]
    .filter(([, , , count]) => Number(count) > 0)
    .map(([, name, labels = '', count]) => `${count} ${name}${labels}`);
  const sockets = connectionsAt(node.port, node.address);
  return {
    id,
    pid,
    memory: [pid, ...childrenOf(pid)].reduce((sum, process) => sum + residentBytes(process), 0),
    // The request itself is one.
    held: sockets > 1 ? [...held, `${sockets - 1} sockets`] : held,
  };
}

export function nodeStates(fleet: Fleet): Promise<NodeState[]> {
  return Promise.all(fleet.nodes.map(({ id }) => nodeState(fleet, id)));
}

/** Bytes, since the process was seen first. */
function growth(before: readonly NodeState[], { pid, memory }: NodeState): number {
  return memory - (before.find((one) => one.pid === pid)?.memory ?? memory);
}

/** In a word, for the timeline. */
export function describeGrowth(before: readonly NodeState[], after: readonly NodeState[]): string {
  return after.map((state) => `${state.id} ${mebibytes(growth(before, state))}`).join(', ');
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}

/** What is left at nodes that nobody uses any more. Pure. */
export function leaks(before: readonly NodeState[], after: readonly NodeState[]): string[] {
  return after.flatMap((state) => {
    const { id, held } = state;
    const grown = growth(before, state);
    return [
      ...held.map((what) => `${id} holds ${what}`),
      ...(grown > GROWTH ? [`${id} has grown by ${mebibytes(grown)}`] : []),
    ];
  });
}
