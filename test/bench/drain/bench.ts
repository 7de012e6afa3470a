import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type { MediaNode } from '../../../scripts/stack/media-node.ts';
import { standBack } from '../../../scripts/stack/niceness.ts';
import { BrowserParticipant } from '../../browser/participant.ts';
import { tileVideo } from '../../browser/perception.ts';
import { Crowd } from '../../fleet/crowd.ts';
import { Fleet } from '../../fleet/fleet.ts';
import { MediaPlaces } from '../../headless/media-places.ts';
import { INTERVAL } from '../../headless/rtc/encoder.ts';
import { pause } from '../../poll.ts';
import { childrenOf } from '../../process/memory.ts';
import { prioritise } from '../cpu.ts';
import { printResult } from '../statistics.ts';
import { type DrainProbe, installDrainProbe } from './drain-probe.ts';

declare global {
  interface Window {
    drain: DrainProbe;
  }
}

/** How often somebody is moved at least, all together. */
const MOVES = Number(process.argv[2] ?? 50);
const NODES = 3;
const HEADLESS = 3;
/**
 * Two layers, as small as they may be: during a move everything is encoded twice, and what the processors of one machine
 * cannot do at once for all who take part would count as a gap.
 */
const CAMERA = { width: 480, height: 270, fps: 30, seconds: 6, grain: true };
/** Seconds a node gives its people to be moved. */
const DRAIN_SECONDS = 40;
/** Milliseconds: after a drain, for all that follows from it, and after a start, until the machine has come to rest. */
const SETTLE = 2_500;
/** Milliseconds: for so long nobody moves and nothing starts after that, which is what moves are compared with. */
const REST = 8_000;

/** nice(1): as the control plane stands back for media nodes in a fleet of tests. */
const NODE_NICENESS = 10;

const SPEAKER = 1;
const VIEWER = 2;

/** Epoch milliseconds. */
type Stretch = { readonly from: number; readonly to: number };

/** One with a browser, and the nodes it has been at. */
type Watched = { readonly person: BrowserParticipant; readonly places: MediaPlaces };

/**
 * A rollout: the nodes of a region are told to go (SIGTERM) and started again, one after the other, while people are in
 * a call on them. What they notice of being moved is measured where they are.
 */
async function main(): Promise<void> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'meridian-bench-drain-'));
  const fleet = await Fleet.start({
    regions: ['eu-west'],
    nodesPerRegion: NODES,
    nodeEnv: { DRAIN_TIMEOUT: String(DRAIN_SECONDS) },
    stack: { logs: 'quiet' },
  });
  const browsers: Watched[] = [];
  let crowd: Crowd | undefined;
  try {
    for (const number of [SPEAKER, VIEWER]) browsers.push(await openBrowser(fleet, number, directory));
    const [speaker, viewer] = browsers.map(({ person }) => person);
    if (!speaker || !viewer) throw new Error('nobody is there');
    const code = await speaker.createMeeting();
    await speaker.join(code);
    await viewer.join(code, { camera: false });
    crowd = new Crowd(fleet, code);
    await crowd.join(
      Array.from({ length: HEADLESS }, (_, index) => ({
        ...{ number: index + 1, region: 'eu-west' as const },
        ...{ microphone: true, camera: false, watches: 0 },
      })),
    );
    await viewer.expectToSee(speaker);
    giveRanks(fleet);
    await pause(SETTLE);
    const picture = tileVideo(await speaker.participantId(), 'camera');
    for (const { page } of [speaker, viewer]) {
      await page.evaluate(([selector, interval]) => window.drain.watchPicture(selector, interval), [
        picture,
        1_000 / CAMERA.fps,
      ] as const);
    }
    printResult('drain', await measure(fleet, crowd, browsers));
  } finally {
    crowd?.close();
    await Promise.all(browsers.map(({ person }) => person.close()));
    await fleet.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measure(
  fleet: Fleet,
  crowd: Crowd,
  browsers: readonly Watched[],
): Promise<Record<string, number>> {
  const pages = browsers.map(({ person }) => person.page);
  const [own, seen] = pages;
  if (!own || !seen) throw new Error('nobody is there');
  const visits = async () => {
    const all = [
      ...(await crowd.reports()).map(({ visited }) => visited),
      ...browsers.map(({ places }) => places.visited),
    ];
    return all.reduce((count, visited) => count + visited.length, 0);
  };
  const tookMs: number[] = [];
  const drains: Stretch[] = [];
  const rests: Stretch[] = [];
  await crowd.reset();
  for (const page of pages) await page.evaluate(() => window.drain.begin());
  const before = await visits();
  let moves = 0;
  for (let turn = 0; moves < MOVES; turn++) {
    const node = fleet.nodes[turn % NODES];
    if (!node) throw new Error('there is no node');
    drains.push(
      await during(async () => {
        tookMs.push(await stop(node));
        await pause(SETTLE);
      }),
    );
    await node.start();
    giveRanks(fleet);
    await pause(SETTLE);
    rests.push(await during(() => pause(REST)));
    moves = (await visits()) - before;
    console.log(`${moves} moves`);
  }
  const longest = async (page: Page, stretches: readonly Stretch[]) => {
    const frames = await page.evaluate(() => window.drain.frames());
    return Math.max(...stretches.map((one) => longestGap(frames, one)));
  };
  const hearings = (await crowd.reports()).flatMap((report) => report.hearings);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const asked = await Promise.all(
    pages.map((page) =>
      page.evaluate(() => ({ lost: window.drain.lost(), doubledMs: window.drain.doubledMs() })),
    ),
  );
  const lostByHeadless = sum(hearings.map(({ lost }) => lost));
  const lostByPages = sum(asked.map(({ lost }) => lost));
  console.log(`lost: ${lostByHeadless} packets of headless speakers, ${lostByPages} in streams to browsers`);
  return {
    moves,
    rtp_lost: lostByHeadless + lostByPages,
    decoded_gap_max_ms: await longest(seen, drains),
    rest_gap_max_ms: await longest(seen, rests),
    camera_gap_max_ms: await longest(own, drains),
    audio_doubled_ms: sum(asked.map(({ doubledMs }) => doubledMs)),
    voice_repeated_ms: sum(hearings.map(({ doubled }) => doubled * INTERVAL.microphone)) / moves,
    voice_gap_max_ms: Math.max(...hearings.map(({ gapMs }) => gapMs)),
    drain_max_ms: Math.max(...tookMs),
  };
}

/**
 * Wires wait for nobody, nor do the workers that forward packets. The rest of a node has a machine of its own elsewhere, and
 * stands back for browsers. Nothing that computes has a real-time rank: among those a turn lasts 100 ms
 * (sched_rr_timeslice_ms), for which a camera would wait.
 */
function giveRanks(fleet: Fleet): void {
  const nodes = fleet.nodes.flatMap((node) => node.process?.pid ?? []);
  prioritise({ wires: [fleet.network.pid], measured: nodes.flatMap(childrenOf) });
  for (const pid of nodes) standBack(pid, NODE_NICENESS);
}

/** Tells it to go. How many milliseconds that takes. */
async function stop(node: MediaNode): Promise<number> {
  const start = performance.now();
  await node.process?.stop(DRAIN_SECONDS * 1_000);
  const outcome = await node.process?.exited;
  if (outcome !== 'exit code 0') throw new Error(`${node.id} did not go in order: ${outcome}`);
  return performance.now() - start;
}

async function during(work: () => Promise<void>): Promise<Stretch> {
  const from = performance.timeOrigin + performance.now();
  await work();
  return { from, to: performance.timeOrigin + performance.now() };
}

/** Milliseconds. */
function longestGap(frames: readonly number[], { from, to }: Stretch): number {
  const gaps = frames
    .map((at, index) => ({ at, gap: at - (frames[index - 1] ?? at) }))
    .filter(({ at, gap }) => at >= from && at - gap <= to);
  if (gaps.length === 0) throw new Error('the camera was not seen');
  return Math.max(...gaps.map(({ gap }) => gap));
}

async function openBrowser(fleet: Fleet, number: number, directory: string): Promise<Watched> {
  const person = await BrowserParticipant.open({
    ...{ number, origin: fleet.url, mediaDirectory: directory, camera: CAMERA },
    plainSocketsAnywhere: true,
  });
  await person.page.addInitScript(installDrainProbe);
  const places = new MediaPlaces();
  person.page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => places.sent(socket.url(), String(payload)));
  });
  return { person, places };
}

await main();
