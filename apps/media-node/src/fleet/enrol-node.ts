import { parseEnrolmentConfig } from '../env.ts';
import { enrol, newKeyPair } from './enrol.ts';
import { writeNodeKey } from './node-key.ts';

/** Makes this machine a key, has it accepted and keeps it. Answers what there is to say about it. */
export async function enrolNode(
  env: Readonly<Record<string, string | undefined>>,
  secret: string,
): Promise<string> {
  const {
    NODE_ID: nodeId,
    REGION: region,
    CONTROL_URL: controlUrl,
    NODE_KEY_FILE,
  } = parseEnrolmentConfig(env);
  const key = await enrol({ nodeId, region, controlUrl, secret }, await newKeyPair());
  await writeNodeKey(NODE_KEY_FILE, key);
  return `${nodeId} belongs to ${region} now; its key ${key.kid} is in ${NODE_KEY_FILE}`;
}
