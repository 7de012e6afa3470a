export type StreamCounter = { packets: number; bytes: number; keyFrameRequests: number };

/** Counters of everything that was alive at one moment, by id. */
export type Counters = {
  /** Milliseconds on a clock that does not jump. */
  at: number;
  transports: ReadonlyMap<string, { bytesIn: number; bytesOut: number }>;
  /** Streams that participants send. */
  streams: ReadonlyMap<string, StreamCounter>;
};

export type Traffic = {
  /** Bytes in the interval. */
  bytesIn: number;
  bytesOut: number;
  /** In the interval. */
  keyFrameRequests: number;
  packetsPerSecond: number;
  bitsInPerSecond: number;
  bitsOutPerSecond: number;
};

export const NO_TRAFFIC: Traffic = {
  bytesIn: 0,
  bytesOut: 0,
  keyFrameRequests: 0,
  packetsPerSecond: 0,
  bitsInPerSecond: 0,
  bitsOutPerSecond: 0,
};

/**
 * What flowed between two readings. Packets are counted where they come in and estimated where they go out,
 * from their mean size: a forwarder sends the same packets, and asking every consumer would cost more than
 * the figure is worth.
 */
export function rates(before: Counters, after: Counters): Traffic {
  const seconds = (after.at - before.at) / 1000;
  if (seconds <= 0) return NO_TRAFFIC;
  let bytesIn = 0;
  let bytesOut = 0;
  for (const [id, counter] of after.transports) {
    const earlier = before.transports.get(id);
    bytesIn += Math.max(0, counter.bytesIn - (earlier?.bytesIn ?? 0));
    bytesOut += Math.max(0, counter.bytesOut - (earlier?.bytesOut ?? 0));
  }
  let packets = 0;
  let payload = 0;
  let keyFrameRequests = 0;
  for (const [id, counter] of after.streams) {
    const earlier = before.streams.get(id);
    packets += Math.max(0, counter.packets - (earlier?.packets ?? 0));
    payload += Math.max(0, counter.bytes - (earlier?.bytes ?? 0));
    keyFrameRequests += Math.max(0, counter.keyFrameRequests - (earlier?.keyFrameRequests ?? 0));
  }
  const packetsOut = payload > 0 ? bytesOut * (packets / payload) : 0;
  return {
    bytesIn,
    bytesOut,
    keyFrameRequests,
    packetsPerSecond: (packets + packetsOut) / seconds,
    bitsInPerSecond: (bytesIn * 8) / seconds,
    bitsOutPerSecond: (bytesOut * 8) / seconds,
  };
}
