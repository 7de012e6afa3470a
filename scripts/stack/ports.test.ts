import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { allocatePorts, requireAllocation } from './allocation.ts';
import {
  DEFAULT_PORTS,
  PORTS_PER_NODE,
  portsFromEnvironment,
  REGIONS,
  TURN_RELAY_PORTS,
} from './defaults.ts';
import { freePort, freePorts, isFree } from './ports.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function occupy(port: number): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
}

describe('free ports', () => {
  it('are adjacent, free, and given out once', async () => {
    const ranges = await Promise.all(Array.from({ length: 20 }, () => freePorts(10)));
    const all = ranges.flatMap((first) => Array.from({ length: 10 }, (_, i) => first + i));
    expect(new Set(all).size).toBe(200);
  });

  it('are told from taken ones', async () => {
    const port = await freePort();
    expect(await isFree(port, 'tcp')).toBe(true);
    await occupy(port);
    expect(await isFree(port, 'tcp')).toBe(false);
    expect(await isFree(port, 'udp')).toBe(true);
  });

  it('are laid out for a whole stack without overlap', async () => {
    const { nodes, turn, oidc, ...single } = await allocatePorts({
      nodes: 2,
      workers: 2,
      turn: true,
      oidc: true,
    });
    if (!turn || !oidc) throw new Error('no ports for TURN or for signing in');
    const ranges = [
      ...Object.values(single).map((port) => [port, port]),
      [oidc, oidc],
      [turn.port, turn.port],
      [turn.relayPorts.first, turn.relayPorts.last],
      ...nodes.flatMap(({ port, mediaPort, relayPorts }) => [
        [port, port],
        [mediaPort, mediaPort + 1],
        [relayPorts.first, relayPorts.last],
      ]),
    ].sort(([a = 0], [b = 0]) => a - b);
    for (const [i, [, last = 0]] of ranges.entries()) {
      const next = ranges[i + 1]?.[0];
      if (next !== undefined) expect(next).toBeGreaterThan(last);
    }
  });
});

describe('the usual ports', () => {
  it('do not overlap, and none is one that Linux gives to outgoing connections', () => {
    const count: Partial<Record<string, number>> = {
      node: REGIONS.length,
      media: REGIONS.length * PORTS_PER_NODE.media,
      relay: REGIONS.length * PORTS_PER_NODE.relay,
      turnRelay: TURN_RELAY_PORTS,
    };
    const ranges = Object.entries(DEFAULT_PORTS)
      .map(([name, { port }]) => ({ first: port, last: port + (count[name] ?? 1) - 1 }))
      .sort((a, b) => a.first - b.first);
    for (const [i, { last }] of ranges.entries()) {
      expect(last).toBeLessThan(ranges[i + 1]?.first ?? 32_768);
    }
  });

  it('can be changed by variables, and wrong ones are all named', () => {
    expect(portsFromEnvironment({}).web).toBe(8787);
    expect(portsFromEnvironment({ MERIDIAN_WEB_PORT: '9000' }).web).toBe(9000);
    const wrong = { MERIDIAN_WEB_PORT: 'eighty', MERIDIAN_RELAY_PORT: '70000' };
    expect(() => portsFromEnvironment(wrong)).toThrow(/MERIDIAN_WEB_PORT.*"eighty"\n.*MERIDIAN_RELAY_PORT/);
  });

  it('in use get a message that says which, for what, and what to do', async () => {
    const port = await freePort();
    await occupy(port);
    const env = { MERIDIAN_WEB_PORT: String(port) };
    await expect(requireAllocation({ nodes: 0, workers: 1, turn: false, oidc: false }, env)).rejects.toThrow(
      `Port ${port} is in use, and the web app and API wants it. Stop what listens there, ` +
        `or choose another port, for example: MERIDIAN_WEB_PORT=${port + 1000} npm start`,
    );
  });
});
