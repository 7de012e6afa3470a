import dgram from 'node:dgram';
import { once } from 'node:events';
import type { Schedule } from './schedule.ts';
import type { Flow, Wire } from './wires.ts';

export type Place = { readonly address: string; readonly port: number };

/** Bytes. A key frame of several layers comes in one burst. */
const BUFFERS = { recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 };

export type UdpDoorOptions = {
  /** Where the others send to. */
  readonly outside: Place;
  /** Whose door it is. */
  readonly inside: Place;
  readonly schedule: Schedule;
  /** Into the door, from the host of this address; and out of it, to that host. */
  readonly wires: (address: string) => { in: Wire; out: Wire };
  /** The door of whoever sends from `place`, when that has one: packets come from there then. */
  readonly doorOf: (place: Place) => UdpDoor | undefined;
};

/**
 * The public end of one UDP port. What is sent to it arrives at the port, from the public end of the sender when
 * that is somebody with a door too, and else from an address of its own for each sender, as a NAT has it.
 */
export class UdpDoor {
  readonly #socket: dgram.Socket;
  readonly #options: UdpDoorOptions;
  /** Ways to the inside for those who have no door, by the place they send from. */
  readonly #guests = new Map<string, { socket: dgram.Socket; from: Place }>();
  /** By the place they come from. */
  readonly #arrivals = new Map<string, Flow>();

  static async open(options: UdpDoorOptions): Promise<UdpDoor> {
    const socket = dgram.createSocket({ type: 'udp4', ...BUFFERS });
    socket.bind(options.outside.port, options.outside.address);
    await once(socket, 'listening');
    return new UdpDoor(socket, options);
  }

  private constructor(socket: dgram.Socket, options: UdpDoorOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (packet, from) => this.#arrived(packet, from));
    socket.on('error', ignore);
  }

  /** Makes those of an address come from other ports, as after a NAT has lost its table: what is sent to the old ones is lost. */
  forgetGuests(address: string): void {
    for (const [key, guest] of this.#guests) {
      if (guest.from.address !== address) continue;
      guest.socket.close();
      this.#guests.delete(key);
    }
  }

  #arrived(packet: Buffer, from: Place): void {
    const { wires, schedule, inside, doorOf } = this.#options;
    const due = wires(from.address).in.packet(this.#arrivalsOf(from), packet.length, performance.now());
    if (typeof due !== 'number') return;
    const door = doorOf(from);
    schedule.at(due, () => {
      if (door) door.#send(packet, inside);
      else this.#guest(from).send(packet, inside.port, inside.address, ignore);
    });
  }

  #send(packet: Buffer, to: Place): void {
    this.#socket.send(packet, to.port, to.address, ignore);
  }

  #arrivalsOf(from: Place): Flow {
    const key = keyOf(from);
    const flow = this.#arrivals.get(key) ?? { arrives: 0 };
    this.#arrivals.set(key, flow);
    return flow;
  }

  #guest(from: Place): dgram.Socket {
    const key = keyOf(from);
    const known = this.#guests.get(key);
    if (known) return known.socket;
    const { wires, schedule, inside } = this.#options;
    const socket = dgram.createSocket({ type: 'udp4', ...BUFFERS });
    const { out } = wires(from.address);
    const flow: Flow = { arrives: 0 };
    socket.on('message', (packet) => {
      const due = out.packet(flow, packet.length, performance.now());
      if (typeof due === 'number') schedule.at(due, () => this.#send(packet, from));
    });
    socket.on('error', ignore);
    socket.bind(0, inside.address);
    this.#guests.set(key, { socket, from });
    return socket;
  }
}

function keyOf({ address, port }: Place): string {
  return `${address}:${port}`;
}

/** Nobody listens at the other end: as on a real network, the sender does not hear of it. */
function ignore(): void {}
