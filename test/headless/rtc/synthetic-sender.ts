import type { Encoder } from './encoder.ts';

/** An encoder as the SDK gets to see it. */
export class SyntheticSender implements RTCRtpSender {
  readonly dtmf = null;
  readonly transform = null;
  readonly transport = null;
  readonly #encoder: Encoder;

  constructor(encoder: Encoder) {
    this.#encoder = encoder;
  }

  get track(): MediaStreamTrack | null {
    return this.#encoder.track;
  }

  getParameters(): RTCRtpSendParameters {
    return {
      transactionId: '',
      codecs: [],
      headerExtensions: [],
      rtcp: {},
      encodings: this.#encoder.active.map((active) => ({ active })),
    };
  }

  async setParameters(parameters: RTCRtpSendParameters): Promise<void> {
    this.#encoder.setActive(parameters.encodings.map(({ active }) => active !== false));
  }

  async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    this.#encoder.track = track;
  }

  async getStats(): Promise<RTCStatsReport> {
    return new Map();
  }

  setStreams(): void {}
}
