import { serve } from '../../bench/remote.ts';
import type { Conditions } from './conditions.ts';
import { type Counts, type Stretch, Switchboard, type SwitchboardOptions } from './switchboard.ts';
import type { Place } from './udp-door.ts';

/**
 * The network in a process of its own, so that delays do not depend on how busy a test's event loop is. Ends when its
 * parent does.
 */
export type NetworkHandlers = {
  begin(options: SwitchboardOptions): void;
  open(door: { protocol: 'tcp' | 'udp'; host: string; outside: Place; inside: Place }): Promise<void>;
  set(stretches: (Stretch & { conditions: Conditions })[]): void;
  reset(connections: { host: string; from: string | null }): void;
  readdress(host: string): void;
  counts(nothing: null): Counts;
};

let switchboard: Switchboard | undefined;

function current(): Switchboard {
  if (!switchboard) throw new Error('the network has not begun');
  return switchboard;
}

const handlers: NetworkHandlers = {
  begin: (options) => {
    switchboard = new Switchboard(options);
  },
  open: ({ protocol, host, outside, inside }) => current().open(protocol, host, outside, inside),
  set: (stretches) => current().set(stretches),
  reset: ({ host, from }) => current().reset(host, from),
  readdress: (host) => current().readdress(host),
  counts: () => current().counts(),
};

serve(handlers);
