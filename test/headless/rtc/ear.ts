import type { SyntheticTrack } from './synthetic-track.ts';

/** What arrives for one consumer; for the SDK the receiver of its track. */
export class Ear implements RTCRtpReceiver {
  readonly track: SyntheticTrack;
  readonly transport = null;
  readonly jitterBufferTarget = null;
  readonly transform = null;
  packets = 0;
  bytes = 0;
  #lastAt: number | null = null;

  constructor(track: SyntheticTrack) {
    this.track = track;
  }

  heard(bytes: number): void {
    this.packets += 1;
    this.bytes += bytes;
    // As browsers count these.
    this.#lastAt = performance.timeOrigin + performance.now();
  }

  getSynchronizationSources(): RTCRtpSynchronizationSource[] {
    return this.#lastAt === null ? [] : [{ rtpTimestamp: 0, source: 1, timestamp: this.#lastAt }];
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
