import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { NodeLoad } from '@meridian/protocol';
import { LOAD, SFU } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';
import type { Meetings } from '../sfu/meetings.ts';
import type { WorkerPool } from '../sfu/worker-pool.ts';
import { type Counters, NO_TRAFFIC, rates, type StreamCounter, type Traffic } from './traffic.ts';

/** Measures what the node does, cheaply enough for every heartbeat. */
export class LoadMeter {
  readonly #pool: WorkerPool;
  readonly #meetings: Meetings;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOAD.loopDelayResolution });
  /** Of its own, because heartbeats reset theirs. */
  readonly #loopDelaySlow = monitorEventLoopDelay({ resolution: LOAD.loopDelayResolution });
  readonly #sampler: NodeJS.Timeout;
  #loopDelayP99 = 0;
  #keyFrameRequests = 0;
  #counters: Counters | null = null;
  #traffic = NO_TRAFFIC;
  #bytesIn = 0;
  #bytesOut = 0;
  #sampling = false;

  constructor(pool: WorkerPool, meetings: Meetings) {
    this.#pool = pool;
    this.#meetings = meetings;
    this.#loopDelay.enable();
    this.#loopDelaySlow.enable();
    this.#sampler = setInterval(() => void this.#sample(), LOAD.trafficSample);
  }

  /** 99th percentile over the last sample, milliseconds. */
  get loopDelay(): number {
    return this.#loopDelayP99;
  }

  /** Key frames asked of the participants who are here or were at a sample. */
  get keyFrameRequests(): number {
    return this.#keyFrameRequests;
  }

  get traffic(): Traffic {
    return this.#traffic;
  }

  /** Bytes of participants since the node started, as of the last sample. */
  get bytes(): { in: number; out: number } {
    return { in: this.#bytesIn, out: this.#bytesOut };
  }

  async read(): Promise<NodeLoad> {
    const cpu = await Promise.all(this.#pool.workers.map((worker) => worker.measure()));
    const loopDelay = p99(this.#loopDelay);
    this.#loopDelay.reset();
    let consumers = 0;
    let producers = 0;
    for (const meeting of this.#meetings.all) {
      for (const peer of meeting.peers) {
        consumers += peer.consumerCount;
        producers += peer.publisher.publications.size;
      }
    }
    return {
      state: this.#meetings.state,
      cpu,
      packets_per_s: this.#traffic.packetsPerSecond,
      bits_in_per_s: this.#traffic.bitsInPerSecond,
      bits_out_per_s: this.#traffic.bitsOutPerSecond,
      meetings: this.#meetings.all.length,
      participants: this.#meetings.participants,
      standbys: this.#meetings.standbys,
      consumers,
      producers,
      loop_delay_ms: loopDelay,
    };
  }

  close(): void {
    clearInterval(this.#sampler);
    this.#loopDelay.disable();
    this.#loopDelaySlow.disable();
  }

  async #sample(): Promise<void> {
    if (this.#sampling) return;
    this.#sampling = true;
    this.#loopDelayP99 = p99(this.#loopDelaySlow);
    this.#loopDelaySlow.reset();
    try {
      const counters = await this.#count();
      this.#traffic = this.#counters === null ? NO_TRAFFIC : rates(this.#counters, counters);
      this.#counters = counters;
      this.#bytesIn += this.#traffic.bytesIn;
      this.#bytesOut += this.#traffic.bytesOut;
      this.#keyFrameRequests += this.#traffic.keyFrameRequests;
    } finally {
      this.#sampling = false;
    }
  }

  async #count(): Promise<Counters> {
    const transports = new Map<string, { bytesIn: number; bytesOut: number }>();
    const streams = new Map<string, StreamCounter>();
    const peers = this.#meetings.all.flatMap((meeting) => meeting.peers);
    // One peer after the other: a burst of thousands of requests would delay the ones that people wait for.
    for (const peer of peers) {
      for (const transport of [peer.sendTransport, peer.recvTransport]) {
        // Its worker would not find it, and log an error.
        if (transport.closed) continue;
        const [stat] = await quietly(transport.getStats());
        if (stat === undefined) continue;
        transports.set(transport.id, { bytesIn: stat.bytesReceived, bytesOut: stat.bytesSent });
      }
      for (const { producer } of peer.publisher.publications.values()) {
        if (producer.closed) continue;
        for (const stat of await quietly(producer.getStats())) {
          streams.set(`${producer.id}/${stat.ssrc}`, {
            packets: stat.packetCount,
            bytes: stat.byteCount,
            keyFrameRequests: stat.pliCount + stat.firCount,
          });
        }
      }
    }
    return { at: performance.now(), transports, streams };
  }
}

/** Milliseconds over the timer's own interval. */
function p99(histogram: ReturnType<typeof monitorEventLoopDelay>): number {
  return Math.max(0, histogram.percentile(99) / 1e6 - LOAD.loopDelayResolution);
}

/** What has closed meanwhile counts for nothing. */
function quietly<T>(stats: Promise<T[]>): Promise<T[]> {
  return withDeadline(stats, SFU.workerTimeout, 'reading counters').catch(() => []);
}
