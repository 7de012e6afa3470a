import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../logger.ts';
import { ControlPlane } from '../testing/control-plane.ts';
import { NodeKey } from './node-key.ts';
import { obtainIdentity } from './obtain-identity.ts';

let control: ControlPlane;
beforeAll(async () => {
  control = await ControlPlane.start();
});
afterAll(() => control.close());

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'meridian-identity-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const logger = createLogger({ NODE_ID: 'node-1', LOG_LEVEL: 'silent' });
const file = () => path.join(dir, 'state', 'node-key.json');
const obtain = (changes: { ENROLMENT_SECRET?: string; NODE_ID?: string; CONTROL_URL?: string } = {}) =>
  obtainIdentity(
    {
      NODE_ID: 'node-1',
      REGION: 'test-1',
      CONTROL_URL: control.url,
      NODE_KEY_FILE: file(),
      ENROLMENT_SECRET: undefined,
      ...changes,
    },
    logger,
  );
const stored = () => NodeKey.parse(JSON.parse(readFileSync(file(), 'utf8')));

describe('a node’s identity', () => {
  test('is made with a secret, kept for the node alone, and used from then on', async () => {
    await obtain({ ENROLMENT_SECRET: 'good' });
    const { kid } = stored();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readFileSync(file(), 'utf8')).not.toContain('"good"');
    // A machine's environment does not change between its starts, and neither does its key.
    await obtain({ ENROLMENT_SECRET: 'good', CONTROL_URL: 'http://127.0.0.1:9' });
    await obtain();
    expect(stored().kid).toBe(kid);
    await obtain({ ENROLMENT_SECRET: 'another' });
    expect(stored().kid).not.toBe(kid);
  });

  test('stays what it was when a new secret is refused', async () => {
    await obtain({ ENROLMENT_SECRET: 'good' });
    const { kid } = stored();
    await obtain({ ENROLMENT_SECRET: 'wrong' });
    expect(stored().kid).toBe(kid);
  });

  test('cannot be had without a key, with a wrong secret, or with the key of another', async () => {
    await expect(obtain()).rejects.toThrow('ENROLMENT_SECRET');
    await expect(obtain({ ENROLMENT_SECRET: 'wrong' })).rejects.toMatchObject({ code: 'unauthorized' });
    await obtain({ ENROLMENT_SECRET: 'good' });
    await expect(obtain({ NODE_ID: 'node-2' })).rejects.toThrow('node-1');
  });
});
