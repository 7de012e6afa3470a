import type { Conditions } from './conditions.ts';
import { Schedule } from './schedule.ts';
import { TcpDoor } from './tcp-door.ts';
import { type Place, UdpDoor } from './udp-door.ts';
import { type Wire, Wires } from './wires.ts';

/** Directions: every one from a host of `from` to a host of `to`. */
export type Stretch = { readonly from: readonly string[]; readonly to: readonly string[] };

/** By `from>to`. */
export type Counts = Record<string, Wire['counts']>;

export type SwitchboardOptions = {
  readonly seed: number;
  /** Whose an address is. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly elsewhere: string;
};

/** The whole network: hosts, their doors, and a wire for each direction between two hosts. */
export class Switchboard {
  readonly #options: SwitchboardOptions;
  readonly #wires: Wires;
  readonly #schedule = new Schedule();
  readonly #udp = new Map<string, { host: string; door: UdpDoor }>();
  readonly #tcp: { host: string; door: TcpDoor }[] = [];

  constructor(options: SwitchboardOptions) {
    this.#options = options;
    this.#wires = new Wires(options.seed);
  }

  async open(protocol: 'tcp' | 'udp', host: string, outside: Place, inside: Place): Promise<void> {
    const common = {
      outside,
      inside,
      schedule: this.#schedule,
      wires: (address: string) => this.#wiresOf(address, host),
    };
    if (protocol === 'tcp') {
      this.#tcp.push({ host, door: await TcpDoor.open(common) });
      return;
    }
    const door = await UdpDoor.open({ ...common, doorOf: (place) => this.#udp.get(keyOf(place))?.door });
    this.#udp.set(keyOf(inside), { host, door });
  }

  set(stretches: readonly (Stretch & { conditions: Conditions })[]): void {
    for (const { from, to, conditions } of stretches) {
      for (const a of from) for (const b of to) if (a !== b) this.#wires.between(a, b).set(conditions);
    }
  }

  /** Breaks the connections to a host: all, or those from one other. */
  reset(host: string, from: string | null): void {
    const addresses = from === null ? [undefined] : this.#addressesOf(from);
    for (const { door } of this.#tcp.filter((one) => one.host === host)) {
      for (const address of addresses) door.reset(address);
    }
  }

  /** A host is on another network: its connections break, and what it sends over UDP comes from other ports. */
  readdress(from: string): void {
    for (const address of this.#addressesOf(from)) {
      for (const { door } of this.#udp.values()) door.forgetGuests(address);
      for (const { door } of this.#tcp) door.reset(address);
    }
  }

  counts(): Counts {
    return this.#wires.counts();
  }

  #wiresOf(address: string, host: string) {
    const other = this.#options.hosts[address] ?? this.#options.elsewhere;
    return { in: this.#wires.between(other, host), out: this.#wires.between(host, other) };
  }

  #addressesOf(host: string): string[] {
    return Object.entries(this.#options.hosts)
      .filter(([, name]) => name === host)
      .map(([address]) => address);
  }
}

const keyOf = ({ address, port }: Place) => `${address}:${port}`;
