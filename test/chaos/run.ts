import path from 'node:path';
import { CHROMIUM } from '../../scripts/browser/chromium.ts';
import { BrowserParticipant } from '../browser/participant.ts';
import { attendees, Crowd } from '../fleet/crowd.ts';
import { Fleet } from '../fleet/fleet.ts';
import { FLEET_REGIONS } from '../fleet/places.ts';
import { Api } from '../headless/api.ts';
import { now } from '../headless/rtc/tag.ts';
import { seeded } from '../random.ts';
import { ChaosError } from './chaos-error.ts';
import { DRAIN_SECONDS } from './faults.ts';
import { FleetLog } from './fleet-log.ts';
import { METRICS_TOKEN, nodeStates } from './leaks.ts';
import { installLongPackets } from './long-packets.ts';
import { Ordeal, type Patience, PROMISED } from './ordeal.ts';
import { People } from './people.ts';
import { Timeline } from './timeline.ts';

export type ChaosOptions = {
  readonly minutes: number;
  readonly seed: number;
  /** 40 and 3 unless said otherwise. */
  readonly headless?: number;
  readonly browsers?: number;
  /** As promised unless said otherwise. */
  readonly patience?: Patience;
  readonly echo?: (line: string) => void;
};

/** A small picture that moves, in a small window, is enough: two cores have forty others to carry. */
const CAMERA = { width: 320, height: 180, fps: 10, seconds: 8 };
const WINDOW = { width: 480, height: 400 };
const MODEST_CHROMIUM = path.join(import.meta.dirname, 'modest-chromium.sh');
const MEDIA_DIRECTORY = path.resolve(import.meta.dirname, '../../.meridian/test-media');

/** Milliseconds: with forty others there, on a machine that all share. */
const GATHERED_WITHIN = 60_000;
/**
 * Of the headless ones. Each voice goes to everybody else; with ten, and all browsers speaking as well, a calm meeting took
 * nine tenths of two cores, with eight all of two slow ones, and what was late after a fault was the machine. More come to
 * speak as faults go on.
 */
const SPEAKERS = 5;
const CAMERAS = 3;
/** Of a voice's packet, milliseconds: of those that browsers send as a rule, forty people make half of all that is sent. */
const VOICE_MS = 120;
const BROWSER_VOICE_MS = 60;

/** Breaks a worldwide meeting in every way for so long, and throws when something does not hold that has to. */
export async function runChaos(options: ChaosOptions): Promise<{ rounds: number; slowestMs: number }> {
  const { seed, headless = 40, browsers = 3, patience = PROMISED, echo = () => {} } = options;
  const timeline = new Timeline(echo);
  const log = new FleetLog(seed);
  timeline.add(`what nodes and control plane say is in ${log.file}`);
  const fleet = await Fleet.start({
    seed,
    nodeEnv: { METRICS_TOKEN, DRAIN_TIMEOUT: String(DRAIN_SECONDS) },
    stack: { logs: (component, line) => log.add(timeline.stamp, component, line) },
  });
  const opened: BrowserParticipant[] = [];
  let crowd: Crowd | undefined;
  try {
    timeline.add(`the fleet is up: ${fleet.nodes.map(({ id }) => id).join(', ')}`);
    const fresh = await nodeStates(fleet);
    const { code } = await new Api(fleet.url).createMeeting({ title: 'Chaos' });
    crowd = new Crowd(fleet, code, { voiceMs: VOICE_MS });
    for (let number = 1; number <= browsers; number++) opened.push(await openBrowser(fleet, number));
    const people = new People(crowd, opened, seeded(seed));
    await people.gather(attendees(headless, { speakers: SPEAKERS, cameras: CAMERAS }));
    for (const [index, browser] of opened.entries()) {
      // Of several the last one listens.
      const listens = index > 0 && index === opened.length - 1;
      await browser.knock(code, { microphone: !listens });
      if (listens) people.onlyListens(browser);
      await browser.waitForStatus('connected', GATHERED_WITHIN);
    }
    timeline.add(`${headless} headless participants and ${browsers} with browsers are there`);
    const ordeal = new Ordeal({ fleet, people, timeline, seed, fresh, patience });
    await ordeal.gathered();
    const result = await ordeal.rounds(now() + options.minutes * 60_000);
    await people.leave();
    timeline.add('everybody has left');
    await ordeal.released();
    return result;
  } catch (error) {
    if (error instanceof ChaosError) throw error;
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new ChaosError([what], seed, timeline);
  } finally {
    crowd?.close();
    await Promise.all(opened.map((browser) => browser.close()));
    await fleet.close();
  }
}

async function openBrowser(fleet: Fleet, number: number): Promise<BrowserParticipant> {
  const { latitude, longitude, continent } = FLEET_REGIONS[number % FLEET_REGIONS.length] ?? FLEET_REGIONS[0];
  const person = await BrowserParticipant.open({
    number,
    origin: fleet.url,
    mediaDirectory: MEDIA_DIRECTORY,
    camera: CAMERA,
    viewport: WINDOW,
    launcher: { program: MODEST_CHROMIUM, env: { CHROMIUM } },
    location: { latitude, longitude, continent },
    plainSocketsAnywhere: true,
  });
  await person.page.addInitScript(installLongPackets, BROWSER_VOICE_MS);
  return person;
}
