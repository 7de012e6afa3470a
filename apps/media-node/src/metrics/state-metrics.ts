import { Counter, Gauge, type Registry } from 'prom-client';
import type { CellLink } from '../fleet/cell-link.ts';
import type { LoadMeter } from '../fleet/load.ts';
import type { Meetings } from '../sfu/meetings.ts';
import type { WorkerPool } from '../sfu/worker-pool.ts';

export type StateSources = {
  meetings: Meetings;
  pool: WorkerPool;
  load: LoadMeter;
  cell: Pick<CellLink, 'registered'>;
  ready: () => boolean;
  /** When the certificate of the public listener ends, epoch milliseconds; null without TLS. */
  tlsExpiresAt: () => number | null;
};

type Sample = { labels?: Record<string, string | number>; value: number };

/** What is, read when Prometheus asks. Label values are all from small fixed sets. */
export function registerState(registry: Registry, sources: StateSources): void {
  const { meetings, pool, load, cell } = sources;
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number | Sample[], labelNames: string[] = []) =>
    new Gauge({
      name: `meridian_media_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const { labels = {}, value } of samples(read())) this.set(labels, value);
      },
    });
  const total = (name: string, help: string, read: () => number | Sample[], labelNames: string[] = []) =>
    new Counter({
      name: `meridian_media_${name}_total`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const { labels = {}, value } of samples(read())) this.inc(labels, value);
      },
    });
  /** Over all workers. */
  const sum = (read: (worker: WorkerPool['workers'][number]) => number) =>
    pool.workers.reduce((count, worker) => count + read(worker), 0);

  gauge('ready', 'Whether /readyz says yes', () => Number(sources.ready()));
  gauge('draining', 'Whether the node waits for its participants to be moved away', () =>
    Number(meetings.draining),
  );
  gauge('cell_link_up', 'Whether the node is registered at its cell', () => Number(cell.registered));
  gauge(
    'room_links',
    'Links to the rooms of meetings, by state',
    () => {
      const up = meetings.all.filter((meeting) => meeting.roomLinked).length;
      return [
        { labels: { state: 'up' }, value: up },
        { labels: { state: 'down' }, value: meetings.all.length - up },
      ];
    },
    ['state'],
  );
  gauge('relay_links', 'Relay sockets to other nodes that are up', () =>
    meetings.all.reduce((count, meeting) => count + meeting.relay.connected, 0),
  );

  gauge('workers', 'mediasoup workers that run', () => pool.workers.length);
  gauge('workers_wanted', 'mediasoup workers there should be', () => pool.size);
  total('worker_deaths', 'mediasoup workers that died', () => pool.deaths);
  total(
    'worker_cpu_seconds',
    'CPU time of the mediasoup workers',
    () => pool.workers.map((worker) => ({ labels: { worker: worker.index }, value: worker.cpuTime / 1000 })),
    ['worker'],
  );
  gauge('resident_memory_bytes', 'Of the node itself, without its workers', () => process.memoryUsage.rss());
  gauge('event_loop_delay_seconds', '99th percentile of the last seconds', () => load.loopDelay / 1000);

  gauge('meetings', 'Meetings with something to do here', () => meetings.all.length);
  gauge('capacity', 'Participants the node takes at most', () => meetings.capacity);
  gauge('participants', 'Participants attached', () => meetings.participants);
  gauge('standbys', 'Participants of other nodes who are prepared to come here', () => meetings.standbys);
  gauge('peers', 'Media sessions, lingering ones and standbys included', () =>
    meetings.all.reduce((count, meeting) => count + meeting.peers.length, 0),
  );
  gauge(
    'transports',
    'mediasoup transports, by type; a pipe between workers has two',
    () =>
      (['webrtc', 'pipe', 'direct', 'plain'] as const).map((type) => ({
        labels: { type },
        value: sum(({ counts }) => counts.transports.get(type) ?? 0),
      })),
    ['type'],
  );
  for (const what of ['producers', 'consumers'] as const) {
    gauge(
      what,
      what === 'producers' ? 'Streams coming in, pipes included' : 'Streams going out, pipes included',
      () =>
        (['audio', 'video'] as const).map((kind) => ({
          labels: { kind },
          value: sum(({ counts }) => counts[what][kind]),
        })),
      ['kind'],
    );
  }
  gauge('data_producers', 'Data channels coming in', () => sum(({ counts }) => counts.dataProducers));
  gauge('data_consumers', 'Data channels going out', () => sum(({ counts }) => counts.dataConsumers));
  gauge('worker_pipes', 'Pairs of workers of this node that exchange streams of a meeting', () =>
    meetings.all.reduce((count, meeting) => count + meeting.routers.pipes.size, 0),
  );

  total(
    'bytes',
    'Bytes of participants',
    () => [
      { labels: { direction: 'in' }, value: load.bytes.in },
      { labels: { direction: 'out' }, value: load.bytes.out },
    ],
    ['direction'],
  );
  gauge('packets_per_second', 'RTP packets of participants, both ways', () => load.traffic.packetsPerSecond);
  gauge(
    'bits_per_second',
    'Traffic of participants',
    () => [
      { labels: { direction: 'in' }, value: load.traffic.bitsInPerSecond },
      { labels: { direction: 'out' }, value: load.traffic.bitsOutPerSecond },
    ],
    ['direction'],
  );
  total('key_frame_requests', 'Key frames asked of participants', () => load.keyFrameRequests);
  gauge('tls_certificate_expiry_timestamp_seconds', 'When the certificate of the listener ends', () => {
    const expiry = sources.tlsExpiresAt();
    return expiry === null ? [] : [{ value: expiry / 1000 }];
  });
}

function samples(read: number | Sample[]): Sample[] {
  return typeof read === 'number' ? [{ value: read }] : read;
}
