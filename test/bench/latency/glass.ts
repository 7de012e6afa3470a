import { BrowserParticipant } from '../../browser/participant.ts';
import { type Barcode, crc8, decodeBarcode } from '../../media/barcode.ts';
import { pause, until } from '../../poll.ts';
import { prioritise } from '../cpu.ts';
import { median, quantile } from '../statistics.ts';
import { delays } from './frame-times.ts';
import { type GlassProbe, installGlassProbe } from './glass-probe.ts';

declare global {
  interface Window {
    glass: GlassProbe;
    readBarcode(blocks: readonly boolean[]): Barcode | null;
  }
}

const CAMERA = { width: 640, height: 360, fps: 30, seconds: 6 };
const SPEAKER = 1;
const VIEWER = 2;
/** Of the display, milliseconds. A picture is shown for whole refreshes; what differs by less is the clock. */
const REFRESH = 1_000 / 60;
/** Bandwidth estimates and jitter buffers come to rest, and the client holds the new video back no more. Milliseconds. */
const WARM_UP = 20_000;
const ROUNDS = 6;
const ROUND_MS = 5_000;
/** Fraction of the camera's frames that have to be seen on both ways. */
const COMPLETE = 0.5;

const SELF = '[data-testid=tile][data-self=true][data-source=camera] video';
const REMOTE = '[data-testid=tile][data-self=false][data-source=camera] video';
const DIRECT_ID = 'direct-call';

/**
 * How much later a frame is on the viewer's screen when it comes through the node than over a connection straight
 * from page to page. The same camera feeds both at the same time, so that every frame is a comparison of its own.
 */
export async function measureGlass(
  origin: string,
  node: number,
  mediaDirectory: string,
): Promise<Record<string, number>> {
  const people: BrowserParticipant[] = [];
  try {
    for (const number of [SPEAKER, VIEWER]) {
      people.push(await BrowserParticipant.open({ number, origin, mediaDirectory, camera: CAMERA }));
    }
    const [speaker, viewer] = people;
    if (!speaker || !viewer) throw new Error('nobody is there');
    for (const { page } of people) {
      const content = `${crc8}; ${decodeBarcode}; window.readBarcode = decodeBarcode;`;
      await page.addInitScript({ content });
      await page.addInitScript(installGlassProbe);
    }
    const code = await speaker.createMeeting();
    await speaker.join(code);
    await viewer.join(code, { camera: false });
    await viewer.expectToSee(speaker);
    await connectDirectly(speaker, viewer);
    prioritise({ measured: [node], load: [process.pid] });
    await until('full size on both ways', 30_000, () =>
      viewer.page.evaluate(
        ([remote, id, height]) =>
          window.glass.size(remote) === height && window.glass.size(`#${id}`) === height,
        [REMOTE, DIRECT_ID, CAMERA.height] as const,
      ),
    );
    await speaker.page.evaluate((self) => window.glass.watch('self', self), SELF);
    await viewer.page.evaluate(
      ([remote, id]) => {
        window.glass.watch('node', remote);
        window.glass.watch('direct', `#${id}`);
      },
      [REMOTE, DIRECT_ID] as const,
    );
    await pause(WARM_UP);
    await take(speaker, viewer);
    const rounds = [];
    for (let i = 0; i < ROUNDS; i++) {
      await pause(ROUND_MS);
      rounds.push(compare(await take(speaker, viewer)));
    }
    return {
      glass_added_median_frames: median(rounds.map((one) => one.added)) / (1_000 / CAMERA.fps),
      glass_added_median_ms: median(rounds.map((one) => one.added)),
      glass_node_ms: median(rounds.map((one) => one.node)),
      glass_direct_ms: median(rounds.map((one) => one.direct)),
    };
  } finally {
    await Promise.all(people.map((person) => person.close()));
  }
}

async function connectDirectly(speaker: BrowserParticipant, viewer: BrowserParticipant): Promise<void> {
  const offer = await speaker.page.evaluate((self) => window.glass.offer(self), SELF);
  const answer = await viewer.page.evaluate(([sdp, id]) => window.glass.answer(sdp, id), [
    offer,
    DIRECT_ID,
  ] as const);
  await speaker.page.evaluate((sdp) => window.glass.accept(sdp), answer);
}

async function take({ page: speaker }: BrowserParticipant, { page: viewer }: BrowserParticipant) {
  const [self, node, direct] = await Promise.all([
    speaker.evaluate(() => window.glass.take('self')),
    viewer.evaluate(() => window.glass.take('node')),
    viewer.evaluate(() => window.glass.take('direct')),
  ]);
  return { self, node, direct };
}

function compare({ self, node, direct }: Awaited<ReturnType<typeof take>>) {
  const loopMs = CAMERA.seconds * 1_000;
  const added = delays(direct, node, loopMs).map((ms) => Math.round(ms / REFRESH) * REFRESH);
  const sinceSelf = { node: delays(self, node, loopMs), direct: delays(self, direct, loopMs) };
  const least = (COMPLETE * CAMERA.fps * ROUND_MS) / 1_000;
  if (added.length < least) throw new Error(`only ${added.length} frames were seen on both ways`);
  console.log(
    `  display to display: ${median(sinceSelf.node).toFixed(0)} ms through the node, ` +
      `${median(sinceSelf.direct).toFixed(0)} ms direct; ${median(added).toFixed(1)} ms added ` +
      `(${quantile(added, 0.1).toFixed(0)} to ${quantile(added, 0.9).toFixed(0)}, ${added.length} frames)`,
  );
  return { added: median(added), node: median(sinceSelf.node), direct: median(sinceSelf.direct) };
}
