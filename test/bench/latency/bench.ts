import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startStack } from '../../../scripts/stack/stack.ts';
import { nodeOf } from '../media/node-of.ts';
import { printResult } from '../statistics.ts';
import { measureGlass } from './glass.ts';
import { measureTransit } from './transit.ts';

/** What the way through a node costs in time: for a packet, and for a picture from display to display. */
async function main(): Promise<void> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'meridian-bench-latency-'));
  const stack = await startStack({ ports: 'free', logs: 'quiet', regions: ['eu-west'], workers: 1 });
  try {
    // One after the other: the load of the first would take the CPU that browsers need.
    const node = nodeOf(stack);
    const transit = await measureTransit(stack.url, node);
    const glass = await measureGlass(stack.url, node, directory);
    printResult('latency', { ...transit, ...glass });
  } finally {
    await stack.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
