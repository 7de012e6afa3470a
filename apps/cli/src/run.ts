import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetNode } from '@meridian/protocol';
import type { Command } from './arguments.ts';
import type { FleetApi } from './fleet-api.ts';
import { USAGE } from './usage.ts';
import { enrolmentView, nodesView, nodeView, regionsView } from './views.ts';

export type Terminal = {
  write: (text: string) => void;
  /** Takes what stands there away, so that the next text stands in its place. */
  clear: () => void;
  /** Aborted: the user has seen enough. */
  signal: AbortSignal;
};

/** Milliseconds. Nodes tell their load twice a second; nobody reads faster than this. */
const REFRESH = 2_000;

/** Carries one command out. `api` is made only where it is needed. */
export async function run(command: Command, api: () => FleetApi, terminal: Terminal): Promise<void> {
  const say = (text: string) => terminal.write(`${text}\n`);
  const show = <T>(json: boolean, answer: T, view: (answer: T) => string) =>
    say(json ? JSON.stringify(answer, null, 2) : view(answer));
  const showNode = (json: boolean, node: FleetNode) => show(json, node, (one) => nodeView(one, Date.now()));
  switch (command.name) {
    case 'help':
      terminal.write(USAGE);
      return;
    case 'regions':
      show(command.json, await api().regions(), regionsView);
      return;
    case 'list':
      show(command.json, await api().nodes(command.region), (list) => nodesView(list, Date.now()));
      return;
    case 'watch':
      await watch(api(), command.region, terminal);
      return;
    case 'show':
      showNode(command.json, await api().node(command.node));
      return;
    case 'drain': {
      const node = await api().drain(command.node);
      showNode(command.json, command.wait ? await emptied(api(), command.node, terminal.signal) : node);
      return;
    }
    case 'undrain':
      showNode(command.json, await api().undrain(command.node));
      return;
    case 'revoke':
      await api().revoke(command.node);
      say(`${command.node} is revoked`);
      return;
    case 'enrol':
      show(command.json, await api().enrol(command.node, command.region), enrolmentView);
      return;
  }
}

async function watch(api: FleetApi, region: string | undefined, { write, clear, signal }: Terminal) {
  while (!signal.aborted) {
    const shown = await api.nodes(region).then(
      (list) => nodesView(list, Date.now()),
      // Somebody who watches wants to see it come back.
      (error: unknown) => String(error),
    );
    clear();
    write(`${new Date().toISOString()}\n\n${shown}\n`);
    await sleep(REFRESH, undefined, { signal }).catch(() => {});
  }
}

/** When nobody is on it any more, and it has said so. */
async function emptied(api: FleetApi, id: string, signal: AbortSignal): Promise<FleetNode> {
  for (;;) {
    const node = await api.node(id);
    if (node.desired !== 'drain') throw new Error(`${id} is not to be drained any more`);
    if (node.load?.state === 'draining' && node.load.participants === 0) return node;
    signal.throwIfAborted();
    await sleep(REFRESH, undefined, { signal });
  }
}
