/** A track that only has an identity, a size and an end. */
export class FakeTrack extends EventTarget implements MediaStreamTrack {
  readonly id = crypto.randomUUID();
  readonly kind: 'audio' | 'video';
  readonly label = 'fake';
  readonly muted = false;
  contentHint = '';
  enabled = true;
  readyState: MediaStreamTrackState = 'live';
  onended = null;
  onmute = null;
  onunmute = null;
  stops = 0;
  #settings: MediaTrackSettings;

  constructor(kind: 'audio' | 'video', settings: MediaTrackSettings = {}) {
    super();
    this.kind = kind;
    this.#settings = settings;
  }

  stop(): void {
    this.stops += 1;
    this.readyState = 'ended';
  }

  /** As when the person ends sharing in the browser's own bar. */
  end(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }

  /** As when a phone is turned, or a shared window is made smaller. */
  resize(width: number, height: number): void {
    this.#settings = { ...this.#settings, width, height };
  }

  clone(): MediaStreamTrack {
    return new FakeTrack(this.kind, this.#settings);
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
