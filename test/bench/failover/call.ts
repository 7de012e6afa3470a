import type { Failover } from '@meridian/protocol';
import { type BrowserParticipant, BrowserParticipant as Person } from '../../browser/participant.ts';
import { audioElement, tileVideo } from '../../browser/perception.ts';
import { until } from '../../poll.ts';
import { installSenseProbe, type Senses } from './sense-probe.ts';

declare global {
  interface Window {
    senses: Senses;
  }
}

/** 720p in three layers, as most cameras; at a rate that two cores carry. */
const CAMERA = { width: 1280, height: 720, fps: 15, seconds: 4, grain: true };
/** Of the layer that fills a tile of three. Pixels. */
const FULL_WIDTH = 640;
const JOIN_MS = 40_000;
/** Until everybody sees and hears the others in full, and is prepared again. */
const SETTLE_MS = 60_000;

/** How long everything has to have been well before a fault, milliseconds: a node that starts takes a core for itself. */
const STEADY_MS = 2_000;

/** A picture that moves has had a frame in the last of these, milliseconds: of fifteen a second, four. */
const MOVING_MS = 300;

/** A picture or voice that has brought nothing for so long is not there. Milliseconds. */
export const STILL_MS = 1_000;

/** Somebody who sees and hears somebody else. */
export type Pair = { viewer: BrowserParticipant; speaker: BrowserParticipant; name: string };

/**
 * Three people: one with camera and microphone, one with a microphone, and one who is muted and must stay so.
 */
export class Call {
  readonly people: readonly BrowserParticipant[];
  readonly speaker: BrowserParticipant;
  readonly voice: BrowserParticipant;
  readonly muted: BrowserParticipant;
  readonly tier: Failover;
  readonly #ids = new Map<BrowserParticipant, string>();
  readonly said: string[] = [];

  static async open(options: {
    origin: string;
    mediaDirectory: string;
    tier: Failover;
    opened: (person: BrowserParticipant) => void;
  }): Promise<Call> {
    const { origin, mediaDirectory, tier, opened } = options;
    const people: BrowserParticipant[] = [];
    for (const number of [1, 2, 3]) {
      const failover = tier === 'hot' ? {} : { failover: tier };
      const person = await Person.open({ number, origin, mediaDirectory, camera: CAMERA, ...failover });
      opened(person);
      await person.page.addInitScript(installSenseProbe);
      people.push(person);
    }
    const [speaker, voice, muted] = people;
    if (!speaker || !voice || !muted) throw new Error('nobody is there');
    const call = new Call(tier, speaker, voice, muted);
    const code = await speaker.createMeeting();
    await speaker.join(code);
    await voice.join(code, { camera: false });
    await muted.join(code, { camera: false, microphone: false });
    await call.#begin();
    return call;
  }

  private constructor(
    tier: Failover,
    speaker: BrowserParticipant,
    voice: BrowserParticipant,
    muted: BrowserParticipant,
  ) {
    this.tier = tier;
    this.speaker = speaker;
    this.voice = voice;
    this.muted = muted;
    this.people = [speaker, voice, muted];
  }

  /** Whose picture is seen by whom. */
  get pictures(): Pair[] {
    return [this.#pair(this.voice, this.speaker), this.#pair(this.muted, this.speaker)];
  }

  /** Whose voice is heard by whom. */
  get voices(): Pair[] {
    return [...this.pictures, this.#pair(this.speaker, this.voice), this.#pair(this.muted, this.voice)];
  }

  /** Waits until everything is as it should be before a fault, and has been for a while. */
  async settled(): Promise<void> {
    let since: number | undefined;
    await until(
      'the call to be whole',
      SETTLE_MS,
      async () => {
        if (!(await this.isWhole())) since = undefined;
        else since ??= performance.now();
        return since !== undefined && performance.now() - since >= STEADY_MS;
      },
      async () => (await this.#unsettled()).join(', '),
    );
  }

  async isWhole(): Promise<boolean> {
    return (await this.#unsettled()).length === 0;
  }

  /** The node each is at. */
  async nodeOf(person: BrowserParticipant): Promise<string> {
    const stats = await statsOf(person);
    if (!stats) throw new Error(`${person.name} has no media`);
    return stats.nodeId;
  }

  /** Those whose media is at a node. */
  async peopleAt(nodeId: string): Promise<ReadonlySet<BrowserParticipant>> {
    const places = await Promise.all(this.people.map((person) => this.nodeOf(person)));
    return new Set(this.people.filter((_, index) => places[index] === nodeId));
  }

  /** Says something; it is remembered. */
  async say(person: BrowserParticipant, text: string): Promise<void> {
    this.said.push(text);
    await person.page.evaluate((what) => window.__meridian.meeting.sendChat(what), text);
  }

  /** What somebody has heard of the chat, in order. */
  heardBy(person: BrowserParticipant): Promise<string[]> {
    return person.page.evaluate(() =>
      window.__meridian.meeting.snapshot.chat
        .filter(({ delivery }) => delivery === 'sent')
        .map(({ text }) => text),
    );
  }

  /** Whether anything of the one who is muted gets out, by what the others are shown and get. */
  async isHeard(): Promise<boolean> {
    const id = this.#idOf(this.muted);
    for (const person of [this.speaker, this.voice]) {
      const shown = await person.page.evaluate((who) => {
        const { participants } = window.__meridian.meeting.snapshot;
        const view = participants.find((one) => one.id === who);
        return view?.audio === true || view?.streams.microphone?.paused === false;
      }, id);
      const packets = await person.audioPacketsFrom(id);
      if (shown || (packets ?? 0) > 0) return true;
    }
    return false;
  }

  /** Everything seen and heard since the last call. */
  async take(): Promise<Map<string, { frames: { at: number; width: number }[]; sounds: number[] }>> {
    const taken = await Promise.all(
      this.voices.map(async ({ viewer, name }) => {
        const sense = await viewer.page.evaluate((which) => window.senses.take(which), name);
        return [name, sense] as const;
      }),
    );
    return new Map(taken);
  }

  async close(): Promise<void> {
    await Promise.all(this.people.map((person) => person.close()));
  }

  async #begin(): Promise<void> {
    for (const person of this.people) {
      await person.waitForStatus('connected', JOIN_MS);
      this.#ids.set(person, await person.participantId());
    }
    for (const { viewer, speaker } of this.pictures) await viewer.expectToSee(speaker, JOIN_MS);
    for (const { viewer, speaker } of this.voices) await viewer.expectToHear(speaker, JOIN_MS);
    const pictures = this.pictures.map(({ name }) => name);
    for (const { viewer, speaker, name } of this.voices) {
      const id = this.#idOf(speaker);
      await viewer.page.evaluate(([which, picture, sound]) => window.senses.begin(which, picture, sound), [
        name,
        pictures.includes(name) ? tileVideo(id, 'camera') : null,
        audioElement(id),
      ] as const);
    }
  }

  async #unsettled(): Promise<string[]> {
    const missing: string[] = [];
    for (const person of this.people) {
      const stats = await statsOf(person);
      const { name } = person;
      const status = await person.page.evaluate(() => window.__meridian.meeting.snapshot.status.status);
      if (status !== 'connected') missing.push(`${name} is ${status}`);
      if (this.tier !== 'cold' && !stats?.standby?.ready) missing.push(`${name} has no standby`);
      else if (this.tier !== 'cold' && stats?.standby?.tier !== this.tier) {
        missing.push(`the standby of ${name} is ${stats?.standby?.tier}`);
      }
    }
    const seen = this.pictures.map(({ name }) => name);
    for (const { viewer, name } of this.voices) {
      const { width, frameAge, soundAge } = await viewer.page.evaluate(
        (which) => window.senses.now(which),
        name,
      );
      if (soundAge > STILL_MS) missing.push(`no sound for ${name}`);
      if (!seen.includes(name)) continue;
      if (width < FULL_WIDTH) missing.push(`${width} pixels for ${name}`);
      if (frameAge > MOVING_MS) missing.push(`a picture that stands still for ${name}`);
    }
    return missing;
  }

  #idOf(person: BrowserParticipant): string {
    const id = this.#ids.get(person);
    if (id === undefined) throw new Error(`${person.name} is not in the call`);
    return id;
  }

  #pair(viewer: BrowserParticipant, speaker: BrowserParticipant): Pair {
    return { viewer, speaker, name: `${viewer.name} of ${speaker.name}` };
  }
}

function statsOf(person: BrowserParticipant) {
  return person.page.evaluate(async () => {
    const stats = await window.__meridian.meeting.stats();
    return stats && { nodeId: stats.nodeId, standby: stats.standby };
  });
}
