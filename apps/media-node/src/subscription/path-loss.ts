import type { RtpCapabilities } from 'mediasoup/types';

/**
 * How much is lost on the way to one receiver. Its own counters say what is missing of the media, which includes what was
 * lost on a sender's way up or between nodes; the feedback on its transport says what did not arrive of all packets, probes
 * for bandwidth included, over the last second or two. What both see was lost on this way.
 */
export class PathLoss {
  readonly #feedback: boolean;

  /** `capabilities`: what the client can receive. All browsers give feedback; of one that does not, its word is all there is. */
  constructor(capabilities: RtpCapabilities) {
    this.#feedback = (capabilities.codecs ?? []).some(
      ({ kind, rtcpFeedback = [] }) =>
        kind === 'video' && rtcpFeedback.some(({ type }) => type === 'transport-cc'),
    );
  }

  /**
   * Both as fractions, 0–1; `transport`: null before the first video, when there is no picture to go by loss either. Returns
   * the loss to act on.
   */
  of(client: number, transport: number | null): number {
    return this.#feedback ? Math.min(client, transport ?? 0) : client;
  }
}
