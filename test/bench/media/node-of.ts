import type { Stack } from '../../../scripts/stack/stack.ts';

/** The process of the stack's only media node. */
export function nodeOf({ nodes: [node] }: Stack): number {
  const pid = node?.process?.pid;
  if (pid === undefined) throw new Error('no media node');
  return pid;
}
