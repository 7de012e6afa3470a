// Runs in a network namespace that leads nowhere, as `node inside.ts PROGRAM ARGUMENTS…`:
// lets the program reach some TCP ports of the loopback outside, through the gate's Unix socket, and nothing else.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from './join.ts';

const [program = '', ...programArguments] = process.argv.slice(2);
const gate = process.env.MERIDIAN_GATE ?? '';
const ports = (process.env.MERIDIAN_GATE_PORTS ?? '').split(',').map(Number);

// A browser with loopback alone takes itself for offline: a cable to nowhere (RFC 5737), which swallows what it is sent.
for (const command of [
  'link set lo up',
  'link add cable type veth peer name nowhere',
  'address add 198.51.100.2/24 dev cable',
  'link set nowhere up',
  'link set cable up',
  'route add default via 198.51.100.1',
]) {
  execFileSync('ip', command.split(' '));
}
for (const port of ports) {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (local) => {
    const outside = connect({ path: gate, allowHalfOpen: true });
    outside.write(`${port}\n`);
    join(local, outside);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

// Playwright talks to a browser over pipes at 3 and 4.
const pipes = [3, 4].filter((descriptor) => isPipe(descriptor));
const child = spawn(program, programArguments, { stdio: ['inherit', 'inherit', 'inherit', ...pipes] });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
const [code] = await once(child, 'exit');
process.exit(code ?? 1);

function isPipe(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isFIFO() || stats.isSocket();
  } catch {
    return false;
  }
}
