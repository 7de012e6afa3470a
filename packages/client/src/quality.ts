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

/** Counters of both transports at one moment. */
export type QualitySample = {
  at: number;
  received: number;
  lost: number;
  bytesReceived: number;
  bytesSent: number;
  framesDecoded: number;
  framesDropped: number;
  lossUp: number;
  rttMs: number | null;
  jitterMs: number | null;
  availableUp: number | null;
};

type Entries = Iterable<{ type: string } & Record<string, unknown>>;

/** Adds the browser's statistics up (webrtc-stats identifiers). */
export function sampleOf(send: Entries, recv: Entries, at: number): QualitySample {
  const sample: QualitySample = {
    at,
    received: 0,
    lost: 0,
    bytesReceived: 0,
    bytesSent: 0,
    framesDecoded: 0,
    framesDropped: 0,
    lossUp: 0,
    rttMs: null,
    jitterMs: null,
    availableUp: null,
  };
  for (const entry of recv) {
    if (entry.type !== 'inbound-rtp') continue;
    sample.received += number(entry.packetsReceived) ?? 0;
    // Negative when duplicates arrived.
    sample.lost += Math.max(0, number(entry.packetsLost) ?? 0);
    sample.bytesReceived += number(entry.bytesReceived) ?? 0;
    sample.framesDecoded += number(entry.framesDecoded) ?? 0;
    sample.framesDropped += number(entry.framesDropped) ?? 0;
    // Frames of a video come in bursts, and its clock jumps with each layer: that says nothing about the path.
    if (entry.kind === 'audio') sample.jitterMs = greater(sample.jitterMs, seconds(entry.jitter));
  }
  for (const entry of send) {
    if (entry.type === 'outbound-rtp') sample.bytesSent += number(entry.bytesSent) ?? 0;
    if (entry.type === 'remote-inbound-rtp') {
      sample.lossUp = Math.max(sample.lossUp, number(entry.fractionLost) ?? 0);
    }
    if (entry.type === 'candidate-pair' && entry.nominated === true) {
      sample.availableUp = number(entry.availableOutgoingBitrate) ?? sample.availableUp;
    }
  }
  for (const entry of [...send, ...recv]) {
    if (entry.type === 'candidate-pair' && entry.nominated === true) {
      sample.rttMs = greater(sample.rttMs, seconds(entry.currentRoundTripTime));
    }
  }
  return sample;
}

/** What happened between two samples. Counters fall when streams go; that counts as nothing. */
export function qualityBetween(before: QualitySample | null, now: QualitySample): MeetingQuality {
  const rise = (key: 'received' | 'lost' | 'bytesReceived' | 'bytesSent' | 'framesDecoded') =>
    before ? Math.max(0, now[key] - before[key]) : 0;
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
    framesDropped: before ? Math.max(0, now.framesDropped - before.framesDropped) : 0,
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
