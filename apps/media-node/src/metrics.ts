import type { ErrorCode } from '@meridian/protocol';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LoadMeter } from './fleet/load.ts';
import type { Meetings } from './sfu/meetings.ts';

/** What Prometheus reads. Gauges are computed when it does. */
export class Metrics {
  readonly registry = new Registry();
  readonly #messages: Counter;
  readonly #errors: Counter<'code'>;

  constructor(meetings: Meetings, load: LoadMeter) {
    const registers = [this.registry];
    this.#messages = new Counter({
      name: 'meridian_media_messages_total',
      help: 'Frames received from clients',
      registers,
    });
    this.#errors = new Counter({
      name: 'meridian_media_errors_total',
      help: 'Requests of clients that were refused, by code',
      labelNames: ['code'],
      registers,
    });
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name: `meridian_media_${name}`,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    const peers = () => meetings.all.flatMap((meeting) => meeting.peers);
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    gauge('meetings', 'Meetings with something to do here', () => meetings.all.length);
    gauge('participants', 'Participants attached', () => meetings.participants);
    gauge('peers', 'Media sessions, lingering ones included', () => peers().length);
    gauge('transports', 'WebRTC transports', () => 2 * peers().length);
    gauge('producers', 'Streams published here', () =>
      sum(peers().map((p) => p.publisher.publications.size)),
    );
    gauge('consumers', 'Streams being delivered', () => sum(peers().map((p) => p.consumerCount)));
    gauge('relay_links', 'Relay sockets that are up', () => sum(meetings.all.map((m) => m.relay.connected)));
    gauge('event_loop_delay_ms', '99th percentile', () => load.loopDelay);
    gauge('bits_in_per_second', 'From participants', () => load.traffic.bitsInPerSecond);
    gauge('bits_out_per_second', 'To participants', () => load.traffic.bitsOutPerSecond);
    gauge('packets_per_second', 'Both ways', () => load.traffic.packetsPerSecond);
    new Counter({
      name: 'meridian_media_bytes_total',
      help: 'Bytes from and to participants',
      labelNames: ['direction'],
      registers,
      collect() {
        this.reset();
        this.inc({ direction: 'in' }, load.bytes.in);
        this.inc({ direction: 'out' }, load.bytes.out);
      },
    });
    new Gauge({
      name: 'meridian_media_worker_cpu_ms',
      help: 'CPU time used by each mediasoup worker since it started',
      labelNames: ['worker'],
      registers,
      collect() {
        for (const [worker, ms] of load.cpuTime) this.set({ worker }, ms);
      },
    });
    this.#reportQuality(peers, registers);
  }

  message(): void {
    this.#messages.inc();
  }

  error(code: ErrorCode): void {
    this.#errors.inc({ code });
  }

  /** Quality as the participants who are here now last reported it. */
  #reportQuality(
    peers: () => { lastStats: { loss: number; rtt: number | null } | null }[],
    registers: Registry[],
  ) {
    const distribution = (
      name: string,
      help: string,
      buckets: number[],
      read: (stats: { loss: number; rtt: number | null }) => number | null,
    ) =>
      new Histogram({
        name: `meridian_media_client_${name}`,
        help,
        buckets,
        registers,
        collect() {
          this.reset();
          for (const { lastStats } of peers()) {
            const value = lastStats === null ? null : read(lastStats);
            if (value !== null) this.observe(value);
          }
        },
      });
    distribution('loss', 'Fraction lost on the way down', [0, 0.01, 0.02, 0.05, 0.1, 0.2], (s) => s.loss);
    distribution('rtt_ms', 'Round trip', [20, 50, 100, 200, 400, 800], (s) => s.rtt);
  }
}
