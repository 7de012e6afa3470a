/** A receiver that only tells whether it has shown a frame. */
export class FakeReceiver implements RTCRtpReceiver {
  readonly track: MediaStreamTrack;
  readonly transport = null;
  readonly jitterBufferTarget = null;
  readonly transform = null;
  readonly #hasFrame: () => boolean;

  constructor(track: MediaStreamTrack, hasFrame: () => boolean) {
    this.track = track;
    this.#hasFrame = hasFrame;
  }

  getSynchronizationSources(): RTCRtpSynchronizationSource[] {
    return this.#hasFrame() ? [{ rtpTimestamp: 0, source: 1, timestamp: 0 }] : [];
  }

  getContributingSources(): RTCRtpContributingSource[] {
    return [];
  }

  getParameters(): RTCRtpReceiveParameters {
    return { codecs: [], headerExtensions: [], rtcp: {} };
  }

  async getStats(): Promise<RTCStatsReport> {
    return new Map();
  }
}
