import { setTimeout as sleep } from 'node:timers/promises';
import { HTTP_STATUS, MeridianError } from '@meridian/protocol';
import { ENROLMENT } from '../config.ts';
import type { Config } from '../env.ts';
import type { Logger } from '../logger.ts';
import { backoff } from '../net/backoff.ts';
import { enrol, newKeyPair } from './enrol.ts';
import { NodeIdentity } from './node-identity.ts';
import { hashOfSecret, type NodeKey, readNodeKey, writeNodeKey } from './node-key.ts';

type Settings = Pick<Config, 'NODE_ID' | 'REGION' | 'CONTROL_URL' | 'NODE_KEY_FILE' | 'ENROLMENT_SECRET'>;

/**
 * The identity in NODE_KEY_FILE. Where ENROLMENT_SECRET is one that it was not made with, the node enrols itself
 * first, and waits for a control plane that does not answer. Throws when the node has no way to prove who it is.
 */
export async function obtainIdentity(config: Settings, logger: Logger): Promise<NodeIdentity> {
  const { NODE_KEY_FILE: file, ENROLMENT_SECRET: secret } = config;
  const key = await readNodeKey(file);
  if (secret !== undefined && key?.enrolled_with !== hashOfSecret(secret)) {
    try {
      return await NodeIdentity.of(await enrolPatiently(config, secret, logger));
    } catch (error) {
      if (key === null) throw error;
      logger.warn({ err: error }, 'the enrolment secret is not good; the node goes by the key it has');
    }
  }
  if (key === null) {
    throw new Error(
      `there is no key in ${file}: set ENROLMENT_SECRET, or run "meridian-node enroll --secret …"`,
    );
  }
  if (key.node_id !== config.NODE_ID || key.region !== config.REGION) {
    throw new Error(
      `the key in ${file} is of ${key.node_id} in ${key.region}, not of ${config.NODE_ID} in ${config.REGION}`,
    );
  }
  return NodeIdentity.of(key);
}

/** Until the platform has said yes or no. */
async function enrolPatiently(config: Settings, secret: string, logger: Logger): Promise<NodeKey> {
  const { NODE_ID: nodeId, REGION: region, CONTROL_URL: controlUrl, NODE_KEY_FILE: file } = config;
  // The same for each try: an answer may get lost, and the secret is good for one key.
  const pair = await newKeyPair();
  for (let attempt = 0; ; attempt += 1) {
    try {
      const key = await enrol({ nodeId, region, controlUrl, secret }, pair);
      await writeNodeKey(file, key);
      logger.info({ kid: key.kid }, 'enrolled');
      return key;
    } catch (error) {
      if (isFinal(error)) throw error;
      logger.warn({ err: error }, 'enrolment failed; trying again');
      await sleep(backoff(attempt, ENROLMENT.backoffMin, ENROLMENT.backoffMax, Math.random));
    }
  }
}

/** What trying again does not change. */
function isFinal(error: unknown): boolean {
  return error instanceof MeridianError && HTTP_STATUS[error.code] < 500 && error.code !== 'rate_limited';
}
