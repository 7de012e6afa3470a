import type { FakeTrack } from './fake-track.ts';

/** A stream that is only a list of tracks. */
export class FakeStream extends EventTarget implements MediaStream {
  readonly id = crypto.randomUUID();
  readonly active = true;
  onaddtrack = null;
  onremovetrack = null;
  readonly #tracks: readonly FakeTrack[];

  constructor(tracks: readonly FakeTrack[]) {
    super();
    this.#tracks = tracks;
  }

  getTracks(): MediaStreamTrack[] {
    return [...this.#tracks];
  }

  getAudioTracks(): MediaStreamTrack[] {
    return this.#tracks.filter((track) => track.kind === 'audio');
  }

  getVideoTracks(): MediaStreamTrack[] {
    return this.#tracks.filter((track) => track.kind === 'video');
  }

  getTrackById(id: string): MediaStreamTrack | null {
    return this.#tracks.find((track) => track.id === id) ?? null;
  }

  addTrack(): void {}
  removeTrack(): void {}

  clone(): MediaStream {
    return new FakeStream(this.#tracks);
  }
}
