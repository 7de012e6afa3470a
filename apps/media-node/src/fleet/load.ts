import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { NodeLoad } from '@meridian/protocol';
import { LOAD, SFU } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';
import type { Meetings } from '../sfu/meetings.ts';
import type { WorkerPool } from '../sfu/worker-pool.ts';
import { type Counters, NO_TRAFFIC, rates, type Traffic } from './traffic.ts';

type CpuReading = { at: number; ms: number };

/** Measures what the node does, cheaply enough for every heartbeat. */
export class LoadMeter {
  readonly #pool: WorkerPool;
  readonly #meetings: Meetings;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOAD.loopDelayResolution });
  readonly #sampler: NodeJS.Timeout;
  readonly #cpu = new Map<number, CpuReading>();
  #counters: Counters | null = null;
  #traffic = NO_TRAFFIC;
  #bytesIn = 0;
  #bytesOut = 0;
  #sampling = false;

  constructor(pool: WorkerPool, meetings: Meetings) {
    this.#pool = pool;
    this.#meetings = meetings;
    this.#loopDelay.enable();
    this.#sampler = setInterval(() => void this.#sample(), LOAD.trafficSample);
  }

  /** 99th percentile since `read()` was last called, milliseconds over the timer's own interval. */
  get loopDelay(): number {
    return Math.max(0, this.#loopDelay.percentile(99) / 1e6 - LOAD.loopDelayResolution);
  }

  get traffic(): Traffic {
    return this.#traffic;
  }

  /** Bytes of participants since the node started, as of the last sample. */
  get bytes(): { in: number; out: number } {
    return { in: this.#bytesIn, out: this.#bytesOut };
  }

  /** CPU time by worker index, milliseconds since the worker started. */
  get cpuTime(): ReadonlyMap<number, number> {
    return new Map([...this.#cpu].map(([index, reading]) => [index, reading.ms]));
  }

  async read(): Promise<NodeLoad> {
    const cpu = await Promise.all(
      this.#pool.workers.map(async (worker) => {
        try {
          return this.#cpuShare(worker.index, await worker.cpuTime());
        } catch {
          // Died just now, or too busy to answer within its time: as loaded as can be.
          return 1;
        }
      }),
    );
    const loopDelay = this.loopDelay;
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
      consumers,
      producers,
      loop_delay_ms: loopDelay,
    };
  }

  close(): void {
    clearInterval(this.#sampler);
    this.#loopDelay.disable();
  }

  #cpuShare(index: number, ms: number): number {
    const at = performance.now();
    const before = this.#cpu.get(index);
    this.#cpu.set(index, { at, ms });
    // Less than before: the worker was started anew.
    if (before === undefined || ms < before.ms || at <= before.at) return 0;
    return (ms - before.ms) / (at - before.at);
  }

  async #sample(): Promise<void> {
    if (this.#sampling) return;
    this.#sampling = true;
    try {
      const counters = await this.#count();
      this.#traffic = this.#counters === null ? NO_TRAFFIC : rates(this.#counters, counters);
      this.#counters = counters;
      this.#bytesIn += this.#traffic.bytesIn;
      this.#bytesOut += this.#traffic.bytesOut;
    } finally {
      this.#sampling = false;
    }
  }

  async #count(): Promise<Counters> {
    const transports = new Map<string, { bytesIn: number; bytesOut: number }>();
    const streams = new Map<string, { packets: number; bytes: number }>();
    const peers = this.#meetings.all.flatMap((meeting) => meeting.peers);
    // One peer after the other: a burst of thousands of requests would delay the ones that people wait for.
    for (const peer of peers) {
      for (const transport of [peer.sendTransport, peer.recvTransport]) {
        const [stat] = await quietly(transport.getStats());
        if (stat === undefined) continue;
        transports.set(transport.id, { bytesIn: stat.bytesReceived, bytesOut: stat.bytesSent });
      }
      for (const { producer } of peer.publisher.publications.values()) {
        for (const stat of await quietly(producer.getStats())) {
          streams.set(`${producer.id}/${stat.ssrc}`, { packets: stat.packetCount, bytes: stat.byteCount });
        }
      }
    }
    return { at: performance.now(), transports, streams };
  }
}

/** What has closed meanwhile counts for nothing. */
function quietly<T>(stats: Promise<T[]>): Promise<T[]> {
  return withDeadline(stats, SFU.workerTimeout, 'reading counters').catch(() => []);
}
