import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../../scripts/stack/ports.ts';
import { startStack } from '../../../scripts/stack/stack.ts';
import { BrowserParticipant } from '../../browser/participant.ts';
import { crc8, decodeBarcode } from '../../media/barcode.ts';
import { DelayNetwork } from '../../net/delay-network.ts';
import { pause, until } from '../../poll.ts';
import { printResult, quantile } from '../statistics.ts';
import { sequentialRoundTrips } from './exchanges.ts';
import { installJoinProbe, type JoinLog } from './join-probe.ts';

declare global {
  interface Window {
    joinLog: JoinLog;
    isRemotePicture(blocks: readonly boolean[]): boolean;
  }
}

/**
 * How long from the click on "Join" to the first correctly decoded picture of somebody in a running call.
 * The app is loaded; the ways to the room and to the node are long, then short.
 */
const JOINS = Number(process.env.JOINS ?? 30);
/** Milliseconds one way: 80 ms round trip to the room, 30 ms to the node. */
const FAR = { room: 40, node: 15 };
/** TCP and TLS 1.3 each take a round trip on a new connection in production. */
const HANDSHAKES = 2;
const SPEAKER = 1;
const JOINER = 2;

const loopback = (port: number) => ({ address: '127.0.0.1', port });
/** Where clients find the node's RTP port: the delay proxy listens here, on the very port the node has. */
const ANNOUNCED = '127.0.1.1';

async function main(): Promise<void> {
  const network = new DelayNetwork();
  const directory = mkdtempSync(path.join(os.tmpdir(), 'meridian-bench-join-'));
  const [roomPort, nodePort] = await Promise.all([freePort(), freePort()]);
  const stack = await startStack({
    ports: 'free',
    logs: 'quiet',
    regions: ['eu-west'],
    edgeEnv: { PUBLIC_ORIGIN: `http://127.0.0.1:${roomPort}` },
    nodeEnv: { PUBLIC_URL: `ws://127.0.0.1:${nodePort}`, ANNOUNCED_ADDRESS: ANNOUNCED },
  });
  const people: BrowserParticipant[] = [];
  try {
    const [node] = stack.nodes;
    if (!node) throw new Error('no media node');
    const tcp = { protocol: 'tcp', oneWayMs: 0, handshakes: HANDSHAKES } as const;
    await network.open({
      ...tcp,
      path: 'room',
      listen: loopback(roomPort),
      target: loopback(stack.ports.web),
    });
    await network.open({ ...tcp, path: 'node', listen: loopback(nodePort), target: loopback(node.port) });
    const media = { path: 'node', oneWayMs: 0, handshakes: 0, target: loopback(node.mediaPort) } as const;
    await network.open({ ...media, protocol: 'udp', listen: { address: ANNOUNCED, port: node.mediaPort } });

    const origin = `http://127.0.0.1:${roomPort}`;
    const open = async (number: number) => {
      const person = await BrowserParticipant.open({ number, origin, mediaDirectory: directory });
      people.push(person);
      return person;
    };
    const speaker = await open(SPEAKER);
    const code = await speaker.createMeeting();
    await speaker.join(code);
    const joiner = await open(JOINER);
    await joiner.page.addInitScript({
      content: `${crc8}; ${decodeBarcode}; window.isRemotePicture = (b) => decodeBarcode(b)?.participant === ${SPEAKER};`,
    });
    await joiner.page.addInitScript(installJoinProbe);

    await joinOnce(joiner, code); // warms what a first run pays for: code caches, the file's first read
    await speaker.leave();
    const measure = async (name: string, ways: { room: number; node: number }) => {
      await network.setDelay('room', ways.room);
      await network.setDelay('node', ways.node);
      // In the call only from then on: a way that grows longer under a call looks like one that is full, and a sender
      // that has made itself small for that is not what is measured here.
      await speaker.page.goto('about:blank');
      await speaker.join(code);
      const sample = await joins(name, joiner, code);
      await speaker.leave();
      return sample;
    };
    const far = await measure('80 ms to the room, 30 ms to the node', FAR);
    const near = await measure('no added delay', { room: 0, node: 0 });

    printResult('join', {
      total_p50_ms: quantile(far.totals, 0.5),
      total_p95_ms: quantile(far.totals, 0.95),
      round_trips: Math.max(...far.roundTrips),
      local_p50_ms: quantile(near.totals, 0.5),
      local_p95_ms: quantile(near.totals, 0.95),
      ...Object.fromEntries(
        [...far.stages].map(([name, values]) => [`${name}_p50_ms`, quantile(values, 0.5)]),
      ),
    });
  } finally {
    await Promise.all(people.map((person) => person.close()));
    await stack.close();
    network.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

type Sample = { totals: number[]; roundTrips: number[]; stages: Map<string, number[]> };

async function joins(name: string, joiner: BrowserParticipant, code: string): Promise<Sample> {
  const sample: Sample = { totals: [], roundTrips: [], stages: new Map() };
  console.log(`${JOINS} joins, ${name}`);
  for (let i = 0; i < JOINS; i++) {
    const { log, stages } = await joinOnce(joiner, code);
    const total = log.firstFrameAt - log.clickedAt;
    const chain = sequentialRoundTrips(log.exchanges, log.firstFrameAt);
    sample.totals.push(total);
    sample.roundTrips.push(chain.length);
    for (const [stage, at] of Object.entries(stages)) {
      sample.stages.set(stage, [...(sample.stages.get(stage) ?? []), at]);
    }
    const steps = chain.map((one) => `${one.name} ${(one.end - one.start).toFixed(0)}`).join(', ');
    console.log(`  ${total.toFixed(0)} ms; ${chain.length} round trips: ${steps}`);
  }
  return sample;
}

async function joinOnce(
  joiner: BrowserParticipant,
  code: string,
): Promise<{ log: JoinLog; stages: Record<string, number> }> {
  const { page } = joiner;
  await page.goto('about:blank');
  await joiner.openLink(code);
  await until('the preview', 10_000, () =>
    page.evaluate(() => {
      const preview = document.querySelector('[data-testid=preview]');
      return preview instanceof HTMLVideoElement && preview.videoWidth > 0;
    }),
  );
  await pause(500);
  await page.getByTestId('join-now').click();
  await until('the first picture', 20_000, () => page.evaluate(() => window.joinLog.firstFrameAt > 0));
  const result = await page.evaluate(() => ({
    log: window.joinLog,
    stages: { ...window.__meridian.meeting.stages } as Record<string, number>,
  }));
  await joiner.leave();
  return result;
}

await main();
