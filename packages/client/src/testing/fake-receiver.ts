import { FakeHandler } from 'mediasoup-client';
import { vi } from 'vitest';

/** A receiver that only tells when the last frame or sound was played, milliseconds since the epoch; null: none was. */
class FakeReceiver implements RTCRtpReceiver {
  readonly track: MediaStreamTrack;
  readonly transport = null;
  jitterBufferTarget: number | null = null;
  readonly transform = null;
  readonly #playedAt: () => number | null;

  constructor(track: MediaStreamTrack, playedAt: () => number | null) {
    this.track = track;
    this.#playedAt = playedAt;
  }

  getSynchronizationSources(): RTCRtpSynchronizationSource[] {
    const timestamp = this.#playedAt();
    return timestamp === null ? [] : [{ rtpTimestamp: 0, source: 1, timestamp }];
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

/**
 * From now on receivers tell what `playedAt` says of them: the number of the receiver among all of them, from 0, and the
 * transport it is of. Returns the receivers; more come with more consumers.
 */
export function tellPlayed(
  playedAt: (index: number, handler: FakeHandler) => number | null,
): readonly RTCRtpReceiver[] {
  const { receive } = FakeHandler.prototype;
  const receivers: RTCRtpReceiver[] = [];
  vi.spyOn(FakeHandler.prototype, 'receive').mockImplementation(async function (this: FakeHandler, options) {
    const results = await receive.call(this, options);
    return results.map((result) => {
      const index = receivers.length;
      const rtpReceiver = new FakeReceiver(result.track, () => playedAt(index, this));
      receivers.push(rtpReceiver);
      return { ...result, rtpReceiver };
    });
  });
  return receivers;
}
