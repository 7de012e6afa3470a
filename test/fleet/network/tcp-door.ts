import { once } from 'node:events';
import net from 'node:net';
import type { Schedule } from './schedule.ts';
import type { Place } from './udp-door.ts';
import type { Wire } from './wires.ts';

export type TcpDoorOptions = {
  readonly outside: Place;
  readonly inside: Place;
  readonly schedule: Schedule;
  readonly wires: (address: string) => { in: Wire; out: Wire };
};

/** Bytes under way in one direction, above which the sender has to wait. */
const WINDOW = 1024 * 1024;

/**
 * The public end of one TCP port. A cut holds up everything, new connections and the end of old ones as well; what
 * is not given up meanwhile goes on when it is over.
 */
export class TcpDoor {
  readonly #server: net.Server;
  readonly #connections = new Set<{ from: string; end: () => void }>();

  static async open(options: TcpDoorOptions): Promise<TcpDoor> {
    const door = new TcpDoor(options);
    door.#server.listen(options.outside.port, options.outside.address);
    await once(door.#server, 'listening');
    return door;
  }

  private constructor({ inside, schedule, wires }: TcpDoorOptions) {
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const from = client.remoteAddress ?? '';
      const { in: inward, out: outward } = wires(from);
      const upstream = new net.Socket({ allowHalfOpen: true });
      upstream.setNoDelay(true);
      const up = new Carrier(client, upstream, inward, schedule);
      const down = new Carrier(upstream, client, outward, schedule);
      const connection = {
        from,
        end: () => {
          this.#connections.delete(connection);
          up.close();
          down.close();
          client.destroy();
          upstream.destroy();
        },
      };
      this.#connections.add(connection);
      // The handshake passes along the path as well.
      up.start(() => upstream.connect(inside.port, inside.address));
      let closed = 0;
      for (const [socket, carrier] of [
        [client, up],
        [upstream, down],
      ] as const) {
        socket.on('error', () => carrier.abort(connection.end));
        socket.on('close', () => {
          closed += 1;
          if (closed === 2) connection.end();
        });
      }
    });
  }

  /** Breaks what is connected from this address, or everything: what a machine does that is going down. */
  reset(address?: string): void {
    for (const connection of [...this.#connections]) {
      if (address === undefined || connection.from === address) connection.end();
    }
  }
}

type Piece = { readonly due: number; readonly bytes: number; readonly deliver: () => void };

/** One direction of one connection, in order. */
class Carrier {
  readonly #from: net.Socket;
  readonly #wire: Wire;
  readonly #schedule: Schedule;
  readonly #unwatch: () => void;
  readonly #pieces: Piece[] = [];
  #bytes = 0;
  #scheduled = false;
  #closed = false;

  constructor(from: net.Socket, to: net.Socket, wire: Wire, schedule: Schedule) {
    this.#from = from;
    this.#wire = wire;
    this.#schedule = schedule;
    this.#unwatch = wire.watch(() => this.#flush());
    from.on('data', (chunk) => this.#push(chunk.length, () => to.write(chunk)));
    from.on('end', () => this.#push(0, () => to.end()));
  }

  start(connect: () => void): void {
    this.#push(0, connect);
  }

  /** The sender is gone without an end in order; the receiver hears of it when the path lets it. */
  abort(end: () => void): void {
    this.#push(0, end);
  }

  close(): void {
    this.#closed = true;
    this.#unwatch();
    this.#pieces.length = 0;
  }

  #push(bytes: number, deliver: () => void): void {
    if (this.#closed) return;
    const due = Math.max(this.#wire.piece(bytes, performance.now()), this.#pieces.at(-1)?.due ?? 0);
    this.#pieces.push({ due, bytes, deliver });
    this.#bytes += bytes;
    if (this.#bytes > WINDOW) this.#from.pause();
    this.#flush();
  }

  #flush(): void {
    while (!this.#closed && !this.#wire.conditions.cut) {
      const next = this.#pieces[0];
      if (!next) return;
      if (next.due > performance.now() + 0.5) {
        this.#wakeAt(next.due);
        return;
      }
      this.#pieces.shift();
      this.#bytes -= next.bytes;
      if (this.#bytes <= WINDOW && this.#from.isPaused()) this.#from.resume();
      next.deliver();
    }
  }

  #wakeAt(due: number): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule.at(due, () => {
      this.#scheduled = false;
      this.#flush();
    });
  }
}
