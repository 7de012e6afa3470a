import { type MediaState, MeridianError, type Source } from '@meridian/protocol';
import { CONFIRM_TIMEOUT_MS } from './config.ts';
import { notJoined, withTimeout } from './errors.ts';
import type { Publication } from './sender.ts';
import { Toggle } from './toggle.ts';
import type { ScreenOptions } from './types.ts';

export type LocalMediaOptions = {
  microphone: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  muted: boolean;
  publish(source: Source, publication: Publication | null): Promise<void>;
  /** Tell the room; resolve when it has confirmed. */
  tell(media: keyof MediaState, on: boolean): Promise<unknown>;
  changed(): void;
};

/**
 * What this participant wants to send. It is the truth that each new connection is brought in line with: who is
 * muted stays muted, whatever happens to sockets and transports.
 */
export class LocalMedia {
  readonly #options: LocalMediaOptions;
  readonly #toggles: Readonly<Record<keyof MediaState, Toggle>>;
  #microphone: MediaStreamTrack | null;
  #camera: MediaStreamTrack | null;
  #screen: { video: MediaStreamTrack; stopWatching: () => void } | null = null;
  #muted: boolean;
  #cameraLayers: number | null = null;

  constructor(options: LocalMediaOptions) {
    this.#options = options;
    this.#microphone = options.microphone;
    this.#camera = options.camera;
    this.#muted = options.muted;
    const toggle = (media: keyof MediaState, overruled: () => void) =>
      new Toggle(this.state[media], (on) => options.tell(media, on), overruled);
    this.#toggles = {
      audio: toggle('audio', () => this.silence()),
      video: toggle('video', () => this.#dropCamera()),
      screen: toggle('screen', () => this.#dropScreen()),
    };
  }

  /** What is being sent, as everyone is shown it. */
  get state(): MediaState {
    return {
      audio: this.#microphone !== null && !this.#muted,
      video: this.#camera !== null,
      screen: this.#screen !== null,
    };
  }

  /** Publishes what there is from the start. */
  start(): void {
    this.#publishInBackground('microphone', this.#microphonePublication());
    this.#publishInBackground('camera', this.#cameraPublication());
  }

  connected(state?: MediaState): void {
    for (const media of MEDIA) this.#toggles[media].connected(state?.[media]);
  }

  disconnected(): void {
    for (const media of MEDIA) this.#toggles[media].disconnected();
  }

  /** The room's word about oneself. `own`: caused by this participant. */
  observe(state: Partial<MediaState>, own: boolean): void {
    for (const media of MEDIA) {
      const on = state[media];
      if (on !== undefined) this.#toggles[media].observe(on, own);
    }
  }

  async setMicrophone(track: MediaStreamTrack | null): Promise<void> {
    expectKind(track, 'audio');
    this.#microphone = track;
    await this.#apply('audio', 'microphone', this.#microphonePublication());
  }

  async setMuted(muted: boolean): Promise<void> {
    this.#muted = muted;
    await this.#apply('audio', 'microphone', this.#microphonePublication());
  }

  async setCamera(track: MediaStreamTrack | null): Promise<void> {
    expectKind(track, 'video');
    this.#camera = track;
    await this.#apply('video', 'camera', this.#cameraPublication());
  }

  /** See Meeting.setCameraLayers. Stays for cameras to come. */
  async setCameraLayers(layers: number | null): Promise<void> {
    if (layers !== null && !(Number.isInteger(layers) && layers >= 1)) {
      throw new MeridianError('unprocessable', 'at least one layer');
    }
    this.#cameraLayers = layers;
    await this.#options.publish('camera', this.#cameraPublication());
  }

  /** Nothing of the microphone goes out until it is asked for again. */
  silence(): void {
    this.#muted = true;
    this.#toggles.audio.give(false);
    this.#publishInBackground('microphone', this.#microphonePublication());
    this.#options.changed();
  }

  async startScreen(stream: MediaStream, { content }: ScreenOptions): Promise<void> {
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    if (!video) throw new MeridianError('unprocessable', 'the stream has no video track');
    this.#releaseScreen();
    // The encoder reads it: sharpness or fluency.
    if (content) video.contentHint = content === 'detail' ? 'detail' : 'motion';
    else if (video.contentHint === '') video.contentHint = 'detail';
    // The browser's own "stop sharing" button ends the track.
    const ended = () => void this.stopScreen().catch(() => {});
    video.addEventListener('ended', ended);
    const screen = { video, stopWatching: () => video.removeEventListener('ended', ended) };
    this.#screen = screen;
    this.#options.changed();
    // The room decides who may share before anybody is sent a picture.
    await this.#confirmed(this.#toggles.screen.set(true)).catch((error: unknown) => {
      if (this.#screen === screen) this.#runInBackground(this.stopScreen());
      throw error;
    });
    if (this.#screen !== screen) throw new MeridianError('conflict', 'sharing was stopped meanwhile');
    try {
      await Promise.all([
        this.#options.publish('screen', { track: video, paused: false }),
        this.#options.publish('screen_audio', audio ? { track: audio, paused: false } : null),
      ]);
    } catch (error) {
      await this.stopScreen().catch(() => {});
      throw error;
    }
  }

  async stopScreen(): Promise<void> {
    this.#dropScreen();
    await this.#confirmed(this.#toggles.screen.set(false));
  }

  /** The node does not take a source any more. */
  unpublished(source: Source): void {
    if (source === 'microphone') this.#runInBackground(this.setMicrophone(null));
    else if (source === 'camera') this.#runInBackground(this.setCamera(null));
    else if (source === 'screen') this.#runInBackground(this.stopScreen());
  }

  close(): void {
    this.#releaseScreen();
    for (const media of MEDIA) this.#toggles[media].close(notJoined());
  }

  /** The effect here first; the room's confirmation and the node's are awaited together. */
  async #apply(media: 'audio' | 'video', source: Source, publication: Publication | null): Promise<void> {
    const published = this.#options.publish(source, publication);
    const told = this.#confirmed(this.#toggles[media].set(this.state[media]));
    this.#options.changed();
    const [result] = await Promise.allSettled([published, told]);
    if (result.status === 'rejected') {
      this.unpublished(source);
      throw result.reason;
    }
    await told;
  }

  /** Bounds the wait, not the wish: what was not confirmed in time is told with the next connection. */
  #confirmed(told: Promise<void>): Promise<void> {
    return withTimeout(told, CONFIRM_TIMEOUT_MS, 'the confirmation of the room');
  }

  #microphonePublication(): Publication | null {
    return this.#microphone && { track: this.#microphone, paused: this.#muted };
  }

  #cameraPublication(): Publication | null {
    return this.#camera && { track: this.#camera, paused: false, layers: this.#cameraLayers };
  }

  #dropCamera(): void {
    this.#camera = null;
    this.#publishInBackground('camera', null);
    this.#options.changed();
  }

  #dropScreen(): void {
    this.#releaseScreen();
    this.#publishInBackground('screen', null);
    this.#publishInBackground('screen_audio', null);
    this.#options.changed();
  }

  #releaseScreen(): void {
    this.#screen?.stopWatching();
    this.#screen = null;
  }

  #publishInBackground(source: Source, publication: Publication | null): void {
    this.#options.publish(source, publication).catch(() => {
      if (publication) this.unpublished(source);
    });
  }

  /** What fails here is brought in line by the next connection. */
  #runInBackground(work: Promise<void>): void {
    work.catch(() => {});
  }
}

const MEDIA = ['audio', 'video', 'screen'] as const;

function expectKind(track: MediaStreamTrack | null, kind: 'audio' | 'video'): void {
  if (track && track.kind !== kind) {
    throw new MeridianError('unprocessable', `expected a track of kind ${kind}, got ${track.kind}`);
  }
}
