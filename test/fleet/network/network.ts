import path from 'node:path';
import { Remote } from '../../bench/remote.ts';
import { CLEAR, type Conditions } from './conditions.ts';
import type { NetworkHandlers } from './network-process.ts';
import type { Counts } from './switchboard.ts';
import type { Place } from './udp-door.ts';

export type Host = {
  readonly name: string;
  /** Hosts of one region are near each other, and are named together by its name. */
  readonly region: string;
  /** What it sends from. */
  readonly addresses: readonly string[];
};

export type NetworkOptions = {
  readonly hosts: readonly Host[];
  /** Whose the addresses are that no host names: browsers send from 127.0.0.1. */
  readonly elsewhere: string;
  readonly seed: number;
};

/** One host or several, by their names or their regions'. */
export type Ends = string | readonly string[];

export type Change = { readonly from: Ends; readonly to: Ends; readonly conditions: Partial<Conditions> };

/**
 * The network between hosts on one machine, in a process of its own. Each host has addresses that it sends from, and
 * doors: public ports behind which its own are. What comes through a door passes along the wire between the two
 * hosts, which can be given delay, jitter, loss, a rate, or be cut, each direction by itself, at any time.
 */
export class Network {
  readonly #hosts: readonly Host[];
  readonly #process: Remote<NetworkHandlers>;

  static async start(options: NetworkOptions): Promise<Network> {
    const network = new Network(options.hosts);
    const hosts = Object.fromEntries(
      options.hosts.flatMap(({ name, addresses }) => addresses.map((address) => [address, name])),
    );
    await network.#process.call('begin', { seed: options.seed, hosts, elsewhere: options.elsewhere });
    return network;
  }

  private constructor(hosts: readonly Host[]) {
    this.#hosts = hosts;
    this.#process = new Remote(path.join(import.meta.dirname, 'network-process.ts'));
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** A public port of a host. */
  open(protocol: 'tcp' | 'udp', host: string, outside: Place, inside: Place): Promise<void> {
    return this.#process.call('open', { protocol, host, outside, inside });
  }

  /** One direction. What is not named in `conditions` is as on a clear path. */
  set(from: Ends, to: Ends, conditions: Partial<Conditions>): Promise<void> {
    return this.apply([{ from, to, conditions }]);
  }

  /** Both directions. */
  between(a: Ends, b: Ends, conditions: Partial<Conditions>): Promise<void> {
    return this.apply([
      { from: a, to: b, conditions },
      { from: b, to: a, conditions },
    ]);
  }

  /** Many directions at once. */
  apply(changes: readonly Change[]): Promise<void> {
    return this.#process.call(
      'set',
      changes.map(({ from, to, conditions }) => ({
        from: this.names(from),
        to: this.names(to),
        conditions: { ...CLEAR, ...conditions },
      })),
    );
  }

  /** Breaks the connections to a host: all, or those from one other. */
  reset(host: string, from: string | null = null): Promise<void> {
    return this.#process.call('reset', { host, from });
  }

  /** This host is on another network: its connections break, and what it sends over UDP comes from other ports. */
  readdress(host: string): Promise<void> {
    return this.#process.call('readdress', host);
  }

  /** Packets and pieces of connections that passed and that did not, by `from>to`. */
  counts(): Promise<Counts> {
    return this.#process.call('counts', null);
  }

  close(): void {
    this.#process.close();
  }

  /** The hosts that are meant. */
  names(ends: Ends): string[] {
    return [ends].flat().flatMap((name) => {
      const meant = this.#hosts.filter((host) => host.name === name || host.region === name);
      if (meant.length === 0) throw new Error(`there is no host or region ${name}`);
      return meant.map((host) => host.name);
    });
  }
}
