import { describe, expect, it } from 'vitest';
import type { MediaNode } from '../../scripts/stack/media-node.ts';
import { brokenSounds, disconnected, doubledSounds, unheard } from '../fleet/invariants.ts';
import { CONTROL } from '../fleet/places.ts';
import { now } from '../headless/rtc/tag.ts';
import { pause } from '../poll.ts';
import { expectAllToHear, expectNone, outage, TIMEOUT, useCall, voicesOf } from './fixture.ts';

/** More than that would be heard as a gap. A machine that is busy with everything at once has longer hiccups. */
const GAP = 1_000;
/** Seconds a node that is to go gives its people to be moved. */
const DRAIN_SECONDS = 40;
const RECOVERY = 40_000;

describe('a call of twelve on six nodes in three regions', { timeout: TIMEOUT }, () => {
  const call = useCall({
    people: 12,
    speakers: 6,
    cameras: 3,
    fleet: { nodeEnv: { DRAIN_TIMEOUT: String(DRAIN_SECONDS) } },
  });

  /** The node most people of a region are at. */
  async function busiestNode(region: string): Promise<MediaNode> {
    const reports = await call.crowd().reports();
    const nodes = reports
      .filter((report) => report.region === region)
      .map((report) => report.nodes.at(-1) ?? '');
    const count = (id: string) => nodes.filter((one) => one === id).length;
    const [busiest] = nodes.toSorted((a, b) => count(b) - count(a));
    if (busiest === undefined) throw new Error(`nobody is in ${region}`);
    return call.fleet().node(busiest);
  }

  it('hears nobody twice when a node stops for a moment and goes on', async () => {
    const node = await busiestNode('us-east');
    await call.crowd().reset();
    await node.kill('SIGSTOP');
    await pause(1_500);
    await node.kill('SIGCONT');
    const reports = await expectAllToHear(call.crowd(), call.speakers, RECOVERY);
    expectNone(doubledSounds(reports));
  });

  it('goes on within a region that is cut off from the world, and everywhere after it', async () => {
    const region = 'ap-southeast';
    const local = (await call.crowd().reports()).filter(({ home }) => home === region);
    const voices = local.map(({ number }) => number).filter((number) => call.speakers.includes(number));
    expect(voices.length).toBeGreaterThan(1);
    await call.fleet().cut(region, ['eu-west', 'us-east', CONTROL]);
    const healAt = now() + outage(25_000, 8_000);
    while (now() < healAt) {
      await pause(500);
      const inside = (await call.crowd().reports()).filter(({ home }) => home === region);
      expectNone(unheard(inside, voicesOf(local, voices), GAP));
    }
    const outside = (await call.crowd().reports()).filter(({ home }) => home !== region);
    expect(unheard(outside, voicesOf(local, voices), GAP)).toHaveLength(outside.length * voices.length);
    await call.fleet().heal();
    await expectAllToHear(call.crowd(), call.speakers, RECOVERY);
  });

  it('empties a node that is told to go, and nobody hears it', async () => {
    const node = await busiestNode('eu-west');
    await expectAllToHear(call.crowd(), call.speakers);
    await call.crowd().reset();
    await node.process?.stop(DRAIN_SECONDS * 1_000);
    expect(await node.process?.exited).toBe('exit code 0');
    const reports = await call.crowd().reports();
    expectNone(disconnected(reports));
    expectNone(brokenSounds(reports, GAP));
    for (const { nodes } of reports) expect(nodes.at(-1)).not.toBe(node.id);
    await expectAllToHear(call.crowd(), call.speakers);
    await node.start();
  });

  it('finds another place for who joins while the directory still names nodes that are gone', async () => {
    const gone = call.fleet().nodesIn('ap-southeast');
    await Promise.all(gone.map((node) => node.kill('SIGKILL')));
    const late = { number: 13, region: 'ap-southeast', microphone: true, camera: false, watches: 0 } as const;
    await call.crowd().join([late]);
    const reports = await expectAllToHear(call.crowd(), [...call.speakers, late.number], RECOVERY);
    for (const { region } of reports) expect(region).not.toBe('ap-southeast');
    await Promise.all(gone.map((node) => node.start()));
  });
});
