import { CLOSE, type ErrorCode } from '@meridian/protocol';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { NodeObserver } from './observer.ts';

const PREFIX = 'meridian_media_';

/** Close codes by name: the one label that clients could otherwise fill with what they like. */
const CLOSE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(CLOSE).map(([name, code]) => [code, name]),
);

/** Counts what happens. */
export class EventMetrics implements NodeObserver {
  readonly #messages: Counter;
  readonly #requests: Histogram<'type'>;
  readonly #errors: Counter<'code'>;
  readonly #closes: Counter<'code'>;
  readonly #iceLost: Counter;
  readonly #dtlsFailures: Counter;
  readonly #firstPacket: Histogram;
  readonly #silent: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = <T extends string>(name: string, help: string, labelNames: T[] = []) =>
      new Counter({ name: PREFIX + name, help, labelNames, registers });
    this.#messages = counter('messages_total', 'Frames received from clients');
    this.#errors = counter('request_errors_total', 'Requests of clients that were refused, by error code', [
      'code',
    ]);
    this.#closes = counter('socket_closes_total', 'Media sockets that were closed, by close code', ['code']);
    this.#iceLost = counter('ice_lost_total', 'WebRTC transports that stopped answering consent checks');
    this.#dtlsFailures = counter('dtls_failures_total', 'WebRTC transports whose DTLS handshake failed');
    this.#silent = counter(
      'first_packet_timeouts_total',
      'Streams that were published and from which no packet came',
    );
    this.#requests = new Histogram({
      name: `${PREFIX}request_seconds`,
      help: 'From a request of a client to its answer, by message type',
      labelNames: ['type'],
      // A request to a mediasoup worker takes about 1 ms and gives up after 5 s.
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    });
    this.#firstPacket = new Histogram({
      name: `${PREFIX}first_packet_seconds`,
      help: 'From a stream being published to its first packet at the node',
      // ICE and DTLS take three round trips; beyond a second people notice.
      buckets: [0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 10],
      registers,
    });
  }

  message(): void {
    this.#messages.inc();
  }

  answered(type: string, seconds: number): void {
    this.#requests.observe({ type }, seconds);
  }

  refused(code: ErrorCode): void {
    this.#errors.inc({ code });
  }

  closed(code: number): void {
    this.#closes.inc({ code: CLOSE_NAMES.get(code) ?? 'other' });
  }

  iceLost(): void {
    this.#iceLost.inc();
  }

  dtlsFailed(): void {
    this.#dtlsFailures.inc();
  }

  firstPacket(seconds: number | null): void {
    if (seconds === null) this.#silent.inc();
    else this.#firstPacket.observe(seconds);
  }
}
