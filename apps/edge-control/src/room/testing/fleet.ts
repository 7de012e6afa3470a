import { env } from 'cloudflare:workers';
import type { NodeDescription } from '@meridian/protocol';
import { expect, onTestFinished } from 'vitest';
import { FakeNode } from '../../../test/support/node.ts';
import { DIRECTORY_NAME } from '../../fleet/names.ts';
import { forgetSnapshot } from '../../fleet/snapshot-cache.ts';
import { onlyNodesOf } from './spare-nodes.ts';

/** Far from the nodes of other files' tests, so that places near here are this test's. */
export const REMOTE = { latitude: -45.9, longitude: 170.5 };

/** Media nodes in a region of their own, which the directory knows: a room can reserve places there. Until the test ends. */
export async function remoteNodes(count = 1, capacity = 500): Promise<{ region: string; nodes: FakeNode[] }> {
  const region = `far-${crypto.randomUUID().slice(0, 8)}`;
  const nodes: FakeNode[] = [];
  for (let i = 1; i <= count; i += 1) {
    nodes.push(await FakeNode.registered(region, `${region}-${i}`, capacity, { location: REMOTE }));
  }
  const known = async () => {
    const { regions } = await env.DIRECTORY.getByName(DIRECTORY_NAME).snapshot();
    return regions.find((one) => one.region === region)?.free ?? 0;
  };
  await expect.poll(known).toBe(count * capacity);
  forgetSnapshot();
  onlyNodesOf(region);
  onTestFinished(async () => {
    for (const { frames } of nodes) frames.close();
    await expect.poll(known).toBe(0);
  });
  return { region, nodes };
}

/** As clients and rooms are told of it. */
export function described(node: FakeNode | undefined): NodeDescription {
  if (!node) throw new Error('there is no such node');
  return { ...node.description(), location: REMOTE };
}
