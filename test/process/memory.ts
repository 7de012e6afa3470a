import { readFileSync } from 'node:fs';
import WebSocket from 'ws';
import { z } from 'zod';
import { until } from '../poll.ts';

const Targets = z.array(z.object({ webSocketDebuggerUrl: z.string() })).min(1);

/** What a process has in memory, bytes (proc(5), VmRSS). */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (!line) throw new Error(`process ${pid} says nothing of its memory`);
  return Number(line[1]) * 1024;
}

export function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

/** Has a Node process that was started with `--inspect` let go of everything that is garbage. */
export async function collectGarbage(inspectorPort: number): Promise<void> {
  const list = await fetch(`http://127.0.0.1:${inspectorPort}/json/list`, {
    signal: AbortSignal.timeout(5_000),
  });
  const [target] = Targets.parse(await list.json());
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  const answered = new Set<unknown>();
  socket.on('message', (data) =>
    answered.add(z.object({ id: z.number() }).parse(JSON.parse(String(data))).id),
  );
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  try {
    // What finalisers let go of goes with the second.
    for (const id of [1, 2]) {
      socket.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }));
      await until('the garbage to be collected', 10_000, () => answered.has(id));
    }
  } finally {
    socket.close();
  }
}

/** Connections that are open at a TCP port of a loopback address, seen from its side (proc(5), /proc/net/tcp). */
export function connectionsAt(port: number, address = '127.0.0.1'): number {
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
  const reversed = address.split('.').map(Number).toReversed();
  const local = `${reversed.map((byte) => hex(byte, 2)).join('')}:${hex(port, 4)}`;
  const ESTABLISHED = '01';
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, address, , state]) => address === local && state === ESTABLISHED).length;
}
