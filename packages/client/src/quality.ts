import type { mediaRpc } from '@meridian/protocol';

/** The quality report of the media RPC. */
export type QualityReport = Omit<mediaRpc.ClientToNode & { type: 'stats' }, 'v' | 'type' | 'ref'>;

/** A summary for people: how good the connection is now. */
export type MeetingQuality = {
  /** Fraction of packets lost on the way down since the last look, 0–1. */
  lossDown: number;
  /** Fraction of our packets that the node missed, 0–1. */
  lossUp: number;
  /** Milliseconds; null when not known yet. */
  rttMs: number | null;
  /** Of the voices that arrive; null when there are none. */
  jitterMs: number | null;
  /** Bits per second now. */
  bitrateUp: number;
  bitrateDown: number;
  /** What the path up could carry by the browser's estimate, bits per second. */
  availableUp: number | null;
  /** Frames of all videos per second. */
  framesPerSecondDown: number;
  framesDropped: number;
};

/** What is counted of a stream since it began. */
type Counters = {
  received: number;
  lost: number;
  bytesReceived: number;
  bytesSent: number;
  framesDecoded: number;
  framesDropped: number;
};

/** Both transports at one moment. */
export type QualitySample = {
  at: number;
  /** By the id of their statistics: a stream that goes takes its counters with it. */
  streams: ReadonlyMap<unknown, Counters>;
  lossUp: number;
  rttMs: number | null;
  jitterMs: number | null;
  availableUp: number | null;
};

type Entries = Iterable<{ type: string } & Record<string, unknown>>;

/** The browser's statistics (webrtc-stats identifiers). */
export function sampleOf(send: Entries, recv: Entries, at: number): QualitySample {
  const streams = new Map<unknown, Counters>();
  const sample: QualitySample = {
    at,
    streams,
    lossUp: 0,
    rttMs: null,
    jitterMs: null,
    availableUp: null,
  };
  for (const entry of recv) {
    if (entry.type !== 'inbound-rtp') continue;
    streams.set(entry.id, countersOf(entry));
    // Frames of a video come in bursts, and its clock jumps with each layer: that says nothing about the path.
    if (entry.kind === 'audio') sample.jitterMs = greater(sample.jitterMs, seconds(entry.jitter));
  }
  for (const entry of send) {
    if (entry.type === 'outbound-rtp') streams.set(entry.id, countersOf(entry));
    if (entry.type === 'remote-inbound-rtp') {
      sample.lossUp = Math.max(sample.lossUp, number(entry.fractionLost) ?? 0);
    }
    if (entry.type === 'candidate-pair' && entry.nominated === true) {
      // A pair that was tried before stays nominated, and carries nothing.
      sample.availableUp = greater(sample.availableUp, number(entry.availableOutgoingBitrate) ?? null);
    }
  }
  for (const entry of [...send, ...recv]) {
    if (entry.type === 'candidate-pair' && entry.nominated === true) {
      sample.rttMs = greater(sample.rttMs, seconds(entry.currentRoundTripTime));
    }
  }
  return sample;
}

function countersOf(entry: Record<string, unknown>): Counters {
  return {
    received: number(entry.packetsReceived) ?? 0,
    // Negative when duplicates arrived.
    lost: Math.max(0, number(entry.packetsLost) ?? 0),
    bytesReceived: number(entry.bytesReceived) ?? 0,
    bytesSent: number(entry.bytesSent) ?? 0,
    framesDecoded: number(entry.framesDecoded) ?? 0,
    framesDropped: number(entry.framesDropped) ?? 0,
  };
}

/** What happened between two samples to the streams that are there now. */
export function qualityBetween(before: QualitySample | null, now: QualitySample): MeetingQuality {
  const rise = (key: keyof Counters) => {
    if (before === null) return 0;
    const rises = [...now.streams].map(([id, counters]) =>
      Math.max(0, counters[key] - (before.streams.get(id)?.[key] ?? 0)),
    );
    return rises.reduce((sum, one) => sum + one, 0);
  };
  const elapsed = before ? Math.max(1, now.at - before.at) / 1000 : 1;
  const lost = rise('lost');
  const expected = rise('received') + lost;
  return {
    lossDown: expected === 0 ? 0 : lost / expected,
    lossUp: Math.min(1, now.lossUp),
    rttMs: now.rttMs,
    jitterMs: now.jitterMs,
    bitrateUp: Math.round((rise('bytesSent') * 8) / elapsed),
    bitrateDown: Math.round((rise('bytesReceived') * 8) / elapsed),
    availableUp: now.availableUp,
    framesPerSecondDown: Math.round(rise('framesDecoded') / elapsed),
    framesDropped: rise('framesDropped'),
  };
}

export function reportOf(quality: MeetingQuality): QualityReport {
  return {
    loss: quality.lossDown,
    rtt: quality.rttMs,
    jitter: quality.jitterMs,
    available_outgoing_bitrate: quality.availableUp,
    frames_dropped: quality.framesDropped,
  };
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function seconds(value: unknown): number | null {
  const given = number(value);
  return given === undefined ? null : given * 1000;
}

function greater(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
