import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { MediaNode } from '../../scripts/stack/media-node.ts';
import type { BrowserParticipant } from '../browser/participant.ts';
import { until } from '../poll.ts';
import { expectFullMesh, useStack } from './fixture.ts';

/** Longer than any move takes; the node goes when it is empty. */
const DRAIN_SECONDS = 40;
/**
 * A frame comes each 67 ms. On a machine that has no time for encoders one of them may give a layer up, which its client
 * finds out within half a second, and receivers leave it with the next key frame.
 */
const UNBROKEN_MS = 3_000;
const RECOVERY_MS = 30_000;

describe('a call whose media node goes away', () => {
  const { stack, person } = useStack({ nodeEnv: { DRAIN_TIMEOUT: String(DRAIN_SECONDS) } });
  afterEach(async () => {
    for (const node of stack().nodes) await node.start();
  });

  const nodeIn = (region: string): MediaNode => {
    const node = stack().nodes.find((one) => one.region.id === region);
    if (!node) throw new Error(`no node in ${region}`);
    return node;
  };
  const pidOf = (node: MediaNode): number => {
    const pid = node.process?.pid;
    if (pid === undefined) throw new Error(`${node.id} does not run`);
    return pid;
  };
  async function twoInAmsterdam(): Promise<BrowserParticipant[]> {
    const people = await Promise.all([person(1), person(2)]);
    const [ada, ben] = people;
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await expectFullMesh(people);
    for (const one of people) expect(await one.region()).toBe('eu-west');
    return people;
  }
  const haveMovedTo = (people: readonly BrowserParticipant[], region: string) =>
    until(
      `everybody is in ${region}`,
      RECOVERY_MS,
      async () => (await Promise.all(people.map((one) => one.region()))).every((now) => now === region),
      async () => JSON.stringify(await Promise.all(people.map((one) => one.region()))),
    );

  it('moves everybody before a node that drains ends, without a stop of the picture', async () => {
    const people = await twoInAmsterdam();
    const before = await Promise.all(people.map((one) => one.participantId()));
    const gaps = await Promise.all(people.map((one) => one.startFrameGapMeter()));
    const logs = await Promise.all(people.map((one) => one.startStatusLog()));
    const drained = nodeIn('eu-west').process;
    const started = performance.now();
    await drained?.stop(DRAIN_SECONDS * 1_000);
    expect(await drained?.exited).toBe('exit code 0');
    expect(performance.now() - started).toBeLessThan(DRAIN_SECONDS * 1_000);
    await haveMovedTo(people, 'us-east');
    for (const gap of gaps) expect(await gap.longestMs()).toBeLessThan(UNBROKEN_MS);
    for (const log of logs) expect(await log.seen()).toEqual(['connected']);
    expect(await Promise.all(people.map((one) => one.participantId()))).toEqual(before);
    await expectFullMesh(people);
  });

  it('goes on at the same node when its worker is killed', async () => {
    const people = await twoInAmsterdam();
    const pid = pidOf(nodeIn('eu-west'));
    const workers = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    expect(workers).toHaveLength(1);
    const logs = await Promise.all(people.map((one) => one.startStatusLog()));
    for (const worker of workers) process.kill(worker, 'SIGKILL');
    for (const log of logs)
      await until('the loss to be noticed', RECOVERY_MS, async () =>
        (await log.seen()).includes('reconnecting'),
      );
    for (const one of people) await one.waitForStatus('connected', RECOVERY_MS);
    await expectFullMesh(people);
    for (const one of people) expect(await one.region()).toBe('eu-west');
  });

  it('goes on at another node when its own is killed', async () => {
    const people = await twoInAmsterdam();
    await nodeIn('eu-west').kill('SIGKILL');
    await haveMovedTo(people, 'us-east');
    for (const one of people) await one.waitForStatus('connected', RECOVERY_MS);
    await expectFullMesh(people);
  });
});
