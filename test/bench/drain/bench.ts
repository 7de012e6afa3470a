import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { MediaNode } from '../../../scripts/stack/media-node.ts';
import { BrowserParticipant } from '../../browser/participant.ts';
import { Crowd } from '../../fleet/crowd.ts';
import { Fleet } from '../../fleet/fleet.ts';
import { MediaPlaces } from '../../headless/media-places.ts';
import { INTERVAL } from '../../headless/rtc/encoder.ts';
import { pause } from '../../poll.ts';
import { prioritise } from '../cpu.ts';
import { printResult } from '../statistics.ts';
import { type DrainProbe, installDrainProbe } from './drain-probe.ts';

declare global {
  interface Window {
    drain: DrainProbe;
  }
}

/** How often somebody is moved, all together. */
const MOVES = 50;
const NODES = 3;
const HEADLESS = 3;
const CAMERA = { width: 640, height: 360, fps: 30, seconds: 6 };
/** Seconds a node gives its people to be moved. */
const DRAIN_SECONDS = 40;
/** Milliseconds: between two drains, until estimates and jitter buffers have come to rest. */
const REST = 3_000;

const SPEAKER = 1;
const VIEWER = 2;

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
    // Also what is started later, which inherits it.
    prioritise({ load: [process.pid] });
    await pause(REST);
    printResult('drain', await measure(fleet, crowd, browsers, viewer));
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
  viewer: BrowserParticipant,
): Promise<Record<string, number>> {
  const pages = browsers.map(({ person }) => person.page);
  const visits = async () => {
    const all = [
      ...(await crowd.reports()).map(({ visited }) => visited),
      ...browsers.map(({ places }) => places.visited),
    ];
    return all.reduce((count, visited) => count + visited.length, 0);
  };
  const tookMs: number[] = [];
  const gapsMs: number[] = [];
  await crowd.reset();
  for (const page of pages) await page.evaluate(() => window.drain.begin());
  const before = await visits();
  let moves = 0;
  for (let turn = 0; moves < MOVES; turn++) {
    const node = fleet.nodes[turn % NODES];
    if (!node) throw new Error('there is no node');
    const gap = await viewer.startFrameGapMeter();
    const start = performance.now();
    await drain(node);
    tookMs.push(performance.now() - start);
    await pause(REST);
    gapsMs.push(await gap.longestMs());
    moves = (await visits()) - before;
    console.log(`${moves} moves, ${Math.round(gapsMs.at(-1) ?? 0)} ms without a frame`);
  }
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
    decoded_gap_max_ms: Math.max(...gapsMs),
    audio_doubled_ms: sum(asked.map(({ doubledMs }) => doubledMs)),
    voice_repeated_ms: sum(hearings.map(({ doubled }) => doubled * INTERVAL.microphone)) / moves,
    voice_gap_max_ms: Math.max(...hearings.map(({ gapMs }) => gapMs)),
    drain_max_ms: Math.max(...tookMs),
  };
}

/** Tells it to go, and starts it again when it is gone. */
async function drain(node: MediaNode): Promise<void> {
  await node.process?.stop(DRAIN_SECONDS * 1_000);
  const outcome = await node.process?.exited;
  if (outcome !== 'exit code 0') throw new Error(`${node.id} did not go in order: ${outcome}`);
  await node.start();
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
