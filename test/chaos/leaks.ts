import type { Fleet } from '../fleet/fleet.ts';
import { connectionsAt } from '../process/memory.ts';

/** What a node that nobody uses has none of, by its own metrics. */
const EMPTY =
  /^meridian_media_(peers|participants|standbys|meetings|room_links|relay_links|transports|producers|consumers|data_producers|data_consumers|worker_pipes)(\{[^}]*\})? (\d+)$/gm;
const MEMORY = /^meridian_media_resident_memory_bytes (\d+(?:\.\d+)?(?:e\+?\d+)?)$/m;

/** Bytes by which a node may have grown: a heap that is used once does not shrink again at once. */
const GROWTH = 150 * 1024 * 1024;

export const METRICS_TOKEN = 'a token for the metrics of the test fleet';

/** Of one node, at one time. */
export type NodeState = {
  readonly id: string;
  /** Another process has nothing to do with what was before. */
  readonly pid: number | undefined;
  readonly memory: number;
  /** What it has of anything. */
  readonly held: readonly string[];
};

export async function nodeStates(fleet: Fleet): Promise<NodeState[]> {
  return Promise.all(
    fleet.nodes.map(async (node): Promise<NodeState> => {
      const response = await fetch(`http://${node.address}:${node.port}/metrics`, {
        headers: { authorization: `Bearer ${METRICS_TOKEN}` },
        signal: AbortSignal.timeout(5_000),
      });
      if (!response.ok) throw new Error(`no metrics of ${node.id}: ${response.status}`);
      const text = await response.text();
      const held = [...text.matchAll(EMPTY)]
        .filter(([, , , count]) => Number(count) > 0)
        .map(([, name, labels = '', count]) => `${count} ${name}${labels}`);
      const sockets = connectionsAt(node.port, node.address);
      return {
        id: node.id,
        pid: node.process?.pid,
        memory: Number(MEMORY.exec(text)?.[1] ?? Number.NaN),
        // The request itself is one.
        held: sockets > 1 ? [...held, `${sockets - 1} sockets`] : held,
      };
    }),
  );
}

/** What is left at nodes that nobody uses any more. Pure. */
export function leaks(before: readonly NodeState[], after: readonly NodeState[]): string[] {
  return after.flatMap(({ id, pid, memory, held }) => {
    const earlier = before.find((one) => one.id === id && one.pid === pid);
    const grown = earlier ? memory - earlier.memory : 0;
    return [
      ...held.map((what) => `${id} holds ${what}`),
      ...(grown > GROWTH ? [`${id} has grown by ${Math.round(grown / 1024 / 1024)} MiB`] : []),
    ];
  });
}
