import { Meeting, type MeetingSnapshot, type VideoWish } from '@meridian/client';
import type { RtpCapabilities } from 'mediasoup-client/types';
import { becauseOf } from './because.ts';
import { headlessEnvironment, type World } from './environment.ts';
import { type Hearing, Listening } from './listening.ts';
import { MediaPlaces } from './media-places.ts';
import { headlessCapabilities, headlessDevice } from './rtc/device.ts';
import { type Encoder, INTERVAL, type Origin } from './rtc/encoder.ts';
import type { Owner } from './rtc/handler.ts';
import { SyntheticTrack } from './rtc/synthetic-track.ts';
import { now, readTag } from './rtc/tag.ts';
import type { Trunk } from './rtc/trunk.ts';

export type PersonOptions = {
  /** Tells its packets from others'. */
  readonly number: number;
  readonly name: string;
  readonly origin: string;
  readonly meeting: string;
  readonly hostKey?: string;
  /** What it sends from. */
  readonly address: string;
  readonly location: World['location'];
  readonly microphone: boolean;
  readonly camera: boolean;
  /** How many cameras of others it looks at. */
  readonly watches: number;
};

/** What a participant could tell of the meeting. */
export type Report = {
  readonly number: number;
  readonly participantId: string;
  readonly status: MeetingSnapshot['status']['status'];
  /** Why it is reconnecting, or has ended. */
  readonly because: string;
  readonly region: string;
  /** URLs of the media nodes it has been at, the last one now. */
  readonly visited: readonly string[];
  /** What its ways to nodes are like, the oldest first. */
  readonly ways: readonly string[];
  /** Whether what it sends is switched on. */
  readonly audio: boolean;
  /** How often it had to say that it is reconnecting. */
  readonly interruptions: number;
  readonly roster: readonly {
    id: string;
    name: string;
    connection: string;
    audio: boolean;
    video: boolean;
  }[];
  readonly chat: readonly { id: string; from: string; text: string; delivery: string }[];
  readonly hearings: readonly Hearing[];
  /** How long ago something arrived for the voice of each participant there is a track of. */
  readonly voices: readonly { id: string; silentMs: number }[];
};

const CAMERA = { width: 640, height: 360 };
const WISH = { width: 320, height: 180 };

/**
 * A participant without a browser: the SDK itself over real sockets, ICE, DTLS and SRTP, with made-up media that says
 * who sent it.
 */
export class HeadlessPerson implements Owner {
  readonly number: number;
  readonly address: string;
  readonly capabilities: RtpCapabilities = headlessCapabilities();
  readonly #options: PersonOptions;
  readonly #listening = new Listening(INTERVAL);
  readonly #places = new MediaPlaces();
  readonly #encoders = new Set<Encoder>();
  readonly #trunks = new Set<Trunk>();
  readonly #heardAt = new WeakMap<MediaStreamTrack, number>();
  /** The tracks of others that would be heard and shown. */
  #played: ReadonlySet<MediaStreamTrack> = new Set();
  #meeting: Meeting | undefined;
  readonly #performed = { microphone: { due: 0, count: 0 }, camera: { due: 0, count: 0 } };
  #muted = false;
  #interruptions = 0;
  #status = '';
  /** Null before anything has been said: then the SDK wishes for everybody. */
  #wishes: string | null = null;

  static async join(options: PersonOptions): Promise<HeadlessPerson> {
    const person = new HeadlessPerson(options);
    const { origin, meeting, name, hostKey, microphone, camera } = options;
    person.#meeting = await Meeting.join(
      {
        origin,
        meeting,
        displayName: name,
        ...(hostKey !== undefined && { hostKey }),
        microphone: microphone ? new SyntheticTrack('audio') : null,
        camera: camera ? new SyntheticTrack('video', CAMERA) : null,
      },
      headlessEnvironment({
        location: options.location,
        sent: (url, frame) => person.#places.sent(url, frame),
        loadDevice: () => headlessDevice(person),
      }),
    );
    person.#meeting.subscribe(() => person.#changed());
    person.#changed();
    return person;
  }

  private constructor(options: PersonOptions) {
    this.#options = options;
    this.number = options.number;
    this.address = options.address;
  }

  /** Speaks and moves, when it is time. To be called often. */
  tick(at: number): void {
    if (this.#options.microphone) this.#perform('microphone', at);
    if (this.#options.camera) this.#perform('camera', at);
  }

  say(text: string): void {
    this.#current.sendChat(text);
  }

  async setMuted(muted: boolean): Promise<void> {
    this.#muted = muted;
    await (muted ? this.#current.mute() : this.#current.unmute());
  }

  async leave(): Promise<void> {
    await this.#meeting?.leave();
  }

  /** What was heard counts anew from here. */
  reset(): void {
    this.#listening.reset();
  }

  report(): Report {
    const snapshot = this.#current.snapshot;
    const { status } = snapshot;
    return {
      number: this.number,
      participantId: this.#current.participantId,
      status: status.status,
      because: becauseOf(status),
      region: snapshot.region,
      visited: this.#places.visited,
      ways: [...this.#trunks].map((trunk) => trunk.description),
      audio: snapshot.self.audio,
      interruptions: this.#interruptions,
      roster: snapshot.participants.map(({ id, displayName, connection, audio, video }) => ({
        ...{ id, name: displayName, connection, audio, video },
      })),
      chat: snapshot.chat.map(({ message_id, sender_id, text, delivery }) => ({
        ...{ id: message_id, from: sender_id, text, delivery },
      })),
      hearings: this.#listening.all(),
      voices: snapshot.participants.flatMap(({ id, streams }) => {
        const track = streams.microphone?.track;
        const heardAt = track ? this.#heardAt.get(track) : undefined;
        return heardAt === undefined ? [] : [{ id, silentMs: now() - heardAt }];
      }),
    };
  }

  // ---- what its transports ask ---------------------------------------------------------------------------

  originOf(track: MediaStreamTrack): Origin {
    return { sender: this.number, source: track.kind === 'audio' ? 'microphone' : 'camera' };
  }

  encoderCame(encoder: Encoder): void {
    this.#encoders.add(encoder);
  }

  encoderGone(encoder: Encoder): void {
    this.#encoders.delete(encoder);
  }

  trunkCame(trunk: Trunk): void {
    this.#trunks.add(trunk);
  }

  trunkGone(trunk: Trunk): void {
    this.#trunks.delete(trunk);
  }

  received(packet: Buffer, track: SyntheticTrack): void {
    const at = now();
    this.#heardAt.set(track, at);
    const tag = readTag(packet);
    if (tag) this.#listening.received(tag, at, this.#played.has(track));
  }

  get #current(): Meeting {
    if (!this.#meeting) throw new Error(`${this.#options.name} has not joined`);
    return this.#meeting;
  }

  /** Whether or not there is a connection: what nobody sends is lost. */
  #perform(source: Origin['source'], at: number): void {
    const performed = this.#performed[source];
    if (at < performed.due) return;
    const interval = INTERVAL[source];
    // Who was held up does not make up for it.
    performed.due = Math.max(performed.due + interval, at - interval);
    // Who is muted speaks on; it is for the SDK to see that nobody hears it.
    if (source === 'camera' || !this.#muted) performed.count += 1;
    for (const encoder of this.#encoders) {
      if (encoder.origin.source === source) encoder.encode(performed.count, at);
    }
  }

  #changed(): void {
    const { participants, status } = this.#current.snapshot;
    if (status.status === 'reconnecting' && this.#status !== 'reconnecting') this.#interruptions += 1;
    this.#status = status.status;
    const streams = participants.flatMap((participant) => Object.values(participant.streams));
    this.#played = new Set(streams.map(({ track }) => track).filter((track) => track !== null));
    const cameras = streams
      .filter(({ source }) => source === 'camera')
      .map(({ streamId }) => streamId)
      .toSorted()
      .slice(0, this.#options.watches);
    const wished = cameras.join();
    if (wished === this.#wishes) return;
    this.#wishes = wished;
    this.#current.setVideoWishes(cameras.map((streamId): VideoWish => ({ streamId, ...WISH })));
  }
}
