import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { NodeId, NodePublicKey, RegionId } from '@meridian/protocol';
import { z } from 'zod';

/** What a node keeps of its enrolment, in a file that only it can read. */
export const NodeKey = z.object({
  node_id: NodeId,
  region: RegionId,
  /** Thumbprint (RFC 7638), by which the platform knows the key. */
  kid: z.string(),
  private_key: NodePublicKey.extend({ d: z.string() }),
  /** Hash of the secret it was enrolled with: the same secret at the next start is no reason to enrol again. */
  enrolled_with: z.string(),
});
export type NodeKey = z.infer<typeof NodeKey>;

/** Null when there is no file. Throws when it is not one of ours. */
export async function readNodeKey(file: string): Promise<NodeKey | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  return NodeKey.parse(JSON.parse(text));
}

/** Replaces the file as a whole: a power cut leaves the old key or the new one. */
export async function writeNodeKey(file: string, key: NodeKey): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const beside = `${file}.new`;
  await writeFile(beside, `${JSON.stringify(key, null, 2)}\n`, { mode: 0o600 });
  await rename(beside, file);
}

export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
