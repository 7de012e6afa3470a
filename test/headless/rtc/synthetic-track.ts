/** What a headless participant publishes or receives in place of a device's or a decoder's track. */
export class SyntheticTrack extends EventTarget implements MediaStreamTrack {
  readonly id = crypto.randomUUID();
  readonly kind: 'audio' | 'video';
  readonly label = 'synthetic';
  readonly muted = false;
  contentHint = '';
  enabled = true;
  readyState: MediaStreamTrackState = 'live';
  onended = null;
  onmute = null;
  onunmute = null;
  readonly #settings: MediaTrackSettings;

  constructor(kind: 'audio' | 'video', settings: MediaTrackSettings = {}) {
    super();
    this.kind = kind;
    this.#settings = settings;
  }

  stop(): void {
    this.readyState = 'ended';
  }

  clone(): MediaStreamTrack {
    return new SyntheticTrack(this.kind, this.#settings);
  }

  getSettings(): MediaTrackSettings {
    return this.#settings;
  }

  getCapabilities(): MediaTrackCapabilities {
    return {};
  }

  getConstraints(): MediaTrackConstraints {
    return {};
  }

  async applyConstraints(): Promise<void> {}
}
