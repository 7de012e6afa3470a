import { createSocket, type Socket } from 'node:dgram';

/** A path between a client and a UDP port of a node, which a test can cut and mend. */
export class UdpProxy {
  readonly port: number;
  readonly #target: number;
  readonly #front: Socket;
  /** Towards the node, by the client's port. */
  readonly #backs = new Map<number, Socket>();
  #cut = false;

  static async start(target: number): Promise<UdpProxy> {
    const front = createSocket('udp4');
    await new Promise<void>((resolve) => front.bind(0, '127.0.0.1', resolve));
    return new UdpProxy(front, target);
  }

  private constructor(front: Socket, target: number) {
    this.#front = front;
    this.#target = target;
    this.port = front.address().port;
    front.on('message', (packet, { port }) => {
      if (!this.#cut) this.#back(port).send(packet, this.#target, '127.0.0.1');
    });
  }

  cut(): void {
    this.#cut = true;
  }

  mend(): void {
    this.#cut = false;
  }

  close(): void {
    this.#front.close();
    for (const back of this.#backs.values()) back.close();
  }

  #back(clientPort: number): Socket {
    const known = this.#backs.get(clientPort);
    if (known !== undefined) return known;
    const back = createSocket('udp4');
    this.#backs.set(clientPort, back);
    back.on('message', (packet) => {
      if (!this.#cut) this.#front.send(packet, clientPort, '127.0.0.1');
    });
    return back;
  }
}
