import { MeridianError } from '@meridian/protocol';
import type { Consumer, PipeTransport, Producer, Router } from 'mediasoup/types';
import { PEER, SFU } from '../config.ts';
import type { Config } from '../env.ts';
import { withDeadline } from '../net/deadline.ts';

type Ends = ReadonlyMap<Router, PipeTransport>;
/** Two transports that face each other. `streams`: those it carries, and those it is about to. */
type Pair = { ends: Promise<Ends>; streams: number };

/** Joins the routers of one meeting: a pair of pipe transports for each two that exchange streams. */
export class RouterPipes {
  readonly #ports: Pick<Config, 'RELAY_PORT_MIN' | 'RELAY_PORT_MAX'>;
  readonly #pairs = new Map<string, Pair>();

  constructor(ports: Pick<Config, 'RELAY_PORT_MIN' | 'RELAY_PORT_MAX'>) {
    this.#ports = ports;
  }

  /** Pairs that are open or opening. */
  get size(): number {
    return this.#pairs.size;
  }

  /** Makes a producer of one router available at another, under the same id, until either is closed. */
  async carry(producer: Producer, from: Router, to: Router): Promise<Producer> {
    const key = [from.id, to.id].sort().join();
    const pair = this.#pairs.get(key) ?? this.#open(key, from, to);
    pair.streams += 1;
    let consumer: Consumer | undefined;
    let piped: Producer | undefined;
    try {
      const ends = await pair.ends;
      const [near, far] = [ends.get(from), ends.get(to)];
      if (near === undefined || far === undefined) throw new Error('a pipe of other routers');
      consumer = await withDeadline(
        near.consume({ producerId: producer.id }),
        SFU.workerTimeout,
        'sending to another worker',
        (late) => late.close(),
      );
      piped = await produce(far, producer, consumer.rtpParameters);
      if (consumer.closed || piped.closed) throw new MeridianError('unknown_stream', 'the stream is gone');
    } catch (error) {
      piped?.close();
      if (!producer.closed) consumer?.close();
      this.#release(key, pair);
      throw error;
    }
    const [sending, receiving] = [consumer, piped];
    sending.observer.once('close', () => receiving.close());
    receiving.observer.once('close', () => {
      // The worker closes the consumers of a closed producer by itself.
      if (!producer.closed) sending.close();
      this.#release(key, pair);
    });
    return receiving;
  }

  #open(key: string, a: Router, b: Router): Pair {
    const pair: Pair = { ends: this.#connect(a, b), streams: 0 };
    this.#pairs.set(key, pair);
    const forget = () => {
      if (this.#pairs.get(key) === pair) this.#pairs.delete(key);
    };
    pair.ends.then((ends) => {
      for (const end of ends.values()) {
        end.observer.once('close', () => {
          forget();
          // The other half of a pipe whose worker died.
          for (const other of ends.values()) other.close();
        });
        if (end.closed) forget();
      }
    }, forget);
    return pair;
  }

  #release(key: string, pair: Pair): void {
    pair.streams -= 1;
    if (pair.streams > 0) return;
    if (this.#pairs.get(key) === pair) this.#pairs.delete(key);
    pair.ends.then(
      (ends) => {
        for (const end of ends.values()) end.close();
      },
      () => {},
    );
  }

  async #connect(a: Router, b: Router): Promise<Ends> {
    const made = await Promise.allSettled([this.#create(a), this.#create(b)]);
    const [one, other] = made;
    try {
      if (one.status === 'rejected') throw one.reason;
      if (other.status === 'rejected') throw other.reason;
      await Promise.all([connect(one.value, other.value), connect(other.value, one.value)]);
      return new Map([
        [a, one.value],
        [b, other.value],
      ]);
    } catch (error) {
      for (const end of made) if (end.status === 'fulfilled') end.value.close();
      throw error;
    }
  }

  #create(router: Router): Promise<PipeTransport> {
    const { RELAY_PORT_MIN: min, RELAY_PORT_MAX: max } = this.#ports;
    return withDeadline(
      router.createPipeTransport({
        // Never leaves the machine, so it goes in the clear. Packets are lost even so when a socket's buffer
        // overflows, and receivers cannot ask further than to their own worker: hence retransmission.
        listenInfo: { protocol: 'udp', ip: '127.0.0.1', portRange: { min, max } },
        enableRtx: true,
      }),
      SFU.workerTimeout,
      'creating a pipe between workers',
      (late) => late.close(),
    );
  }
}

function connect(end: PipeTransport, other: PipeTransport): Promise<void> {
  const { localAddress: ip, localPort: port } = other.tuple;
  return withDeadline(end.connect({ ip, port }), SFU.workerTimeout, 'connecting a pipe between workers');
}

function produce(
  end: PipeTransport,
  { id, kind, paused }: Producer,
  rtpParameters: Consumer['rtpParameters'],
) {
  return withDeadline(
    end.produce({ id, kind, paused, rtpParameters, keyFrameRequestDelay: PEER.keyFrameRequestDelay }),
    SFU.workerTimeout,
    'receiving from another worker',
    (late) => late.close(),
  );
}
