import type { Fleet } from '../fleet/fleet.ts';
import { pause } from '../poll.ts';
import { childrenOf } from '../process/memory.ts';
import type { Fault } from './schedule.ts';

/** How long a drained node gets: longer than people take to be moved, and what passes through it to find another way. */
export const DRAIN_SECONDS = 30;

/** Lets it happen; resolves when everything is as it should be again. */
export async function happen(fleet: Fleet, fault: Fault): Promise<void> {
  const { stack, network } = fleet;
  switch (fault.kind) {
    case 'node_killed':
      await fleet.node(fault.node).kill('SIGKILL');
      await pause(fault.forMs);
      await fleet.node(fault.node).start();
      return;
    case 'node_drained':
      await fleet.node(fault.node).process?.stop(DRAIN_SECONDS * 1_000);
      await pause(fault.forMs);
      await fleet.node(fault.node).start();
      return;
    case 'node_frozen':
      await fleet.node(fault.node).kill('SIGSTOP');
      await pause(fault.forMs);
      await fleet.node(fault.node).kill('SIGCONT');
      return;
    case 'worker_killed': {
      const pid = fleet.node(fault.node).process?.pid;
      for (const worker of pid === undefined ? [] : childrenOf(pid)) process.kill(worker, 'SIGKILL');
      return;
    }
    case 'control_redeployed':
      return stack.replaceEdgeRuntime();
    case 'control_crashed':
      return stack.replaceEdgeRuntime(fault.forMs);
    case 'database_stopped':
      await stack.postgres.stop();
      await pause(fault.forMs);
      return stack.postgres.start();
    case 'path_cut':
      return meanwhile(fleet, fault, { cut: true });
    case 'path_bad':
      return meanwhile(fleet, fault, {
        loss: fault.loss,
        delayMs: fault.delayMs,
        jitterMs: fault.jitterMs,
      });
    case 'path_narrow':
      return meanwhile(fleet, fault, { rateKbps: fault.rateKbps });
    case 'connections_reset':
      return network.reset(fault.host);
    case 'address_changed':
      return network.readdress(fault.people);
  }
}

async function meanwhile(
  fleet: Fleet,
  { a, b, forMs }: { a: string; b: string; forMs: number },
  conditions: Parameters<Fleet['impair']>[2],
): Promise<void> {
  await fleet.impair(a, b, conditions);
  await pause(forMs);
  await fleet.impair(a, b, {});
}

export function describeFault(fault: Fault): string {
  const { kind, ...details } = fault;
  const told = Object.entries(details).filter(([key]) => key !== 'at');
  return [kind.replace('_', ' '), ...told.map(([key, value]) => `${key} ${value}`)].join(', ');
}
