import dgram from 'node:dgram';
import { once } from 'node:events';

type Place = { address: string; port: number };

/**
 * A network between clients and one UDP port of a server, on which clients can be made to lose the addresses they
 * had: packets from and to them go nowhere from then on, as after a change from Wi-Fi to mobile.
 */
export class ChangingNetwork {
  readonly #front: dgram.Socket;
  readonly #target: Place;
  /** By the client's port. Null for an address that is no more. */
  readonly #clients = new Map<number, dgram.Socket | null>();

  static async open(listen: Place, target: Place): Promise<ChangingNetwork> {
    const front = dgram.createSocket('udp4');
    front.bind(listen.port, listen.address);
    await once(front, 'listening');
    return new ChangingNetwork(front, target);
  }

  private constructor(front: dgram.Socket, target: Place) {
    this.#front = front;
    this.#target = target;
    front.on('message', (packet, { port, address }) => {
      const upstream = this.#clients.has(port) ? this.#clients.get(port) : this.#admit(port, address);
      upstream?.send(packet, target.port, target.address);
    });
  }

  /** Addresses that packets have come from and can still come from. */
  get addresses(): number {
    return [...this.#clients.values()].filter((upstream) => upstream !== null).length;
  }

  /** Whoever is connected is so no longer, and has to find out. */
  changeAddresses(): void {
    for (const [port, upstream] of this.#clients) {
      upstream?.close();
      this.#clients.set(port, null);
    }
  }

  close(): void {
    this.changeAddresses();
    this.#front.close();
  }

  #admit(port: number, address: string): dgram.Socket {
    const upstream = dgram.createSocket('udp4');
    upstream.on('message', (packet) => this.#front.send(packet, port, address));
    upstream.bind(0, this.#target.address);
    this.#clients.set(port, upstream);
    return upstream;
  }
}
