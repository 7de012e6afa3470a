import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

export type Protocol = 'tcp' | 'udp';

/** A port that is taken, in words for the person who has to choose another. */
export class PortInUseError extends Error {
  constructor(port: number, what: string, variable: string) {
    super(
      `Port ${port} is in use, and ${what} wants it. ` +
        `Stop what listens there, or choose another port, for example: ${variable}=${port + 1000} npm start`,
    );
    this.name = 'PortInUseError';
  }
}

export type WantedPort = {
  readonly port: number;
  readonly what: string;
  readonly variable: string;
  readonly protocols?: readonly Protocol[];
};

const TCP_ONLY: readonly Protocol[] = ['tcp'];

/** Before anything is started, so that the message is not lost among the logs of what did start. */
export async function requireFreePorts(wanted: readonly WantedPort[]): Promise<void> {
  for (const { port, what, variable, protocols = TCP_ONLY } of wanted) {
    for (const protocol of protocols) {
      if (!(await isFree(port, protocol))) throw new PortInUseError(port, what, variable);
    }
  }
}

export function isFree(port: number, protocol: Protocol): Promise<boolean> {
  return protocol === 'tcp' ? isTcpFree(port) : isUdpFree(port);
}

function isTcpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function isUdpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

/** Below Linux's range for outgoing connections (32768 and up), which would take a port between look and use. */
const LOWEST = 20_000;
const HIGHEST = 32_000;
const ATTEMPTS = 100;

const given = new Set<number>();

/** The first of `count` adjacent ports that are free for TCP and UDP and were not given out before. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const first = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST - count));
    const range = Array.from({ length: count }, (_, i) => first + i);
    if (range.some((port) => given.has(port))) continue;
    // Claimed before the first await: two callers at once must not get the same.
    for (const port of range) given.add(port);
    const free = await Promise.all(
      range.map(async (port) => (await isFree(port, 'tcp')) && (await isFree(port, 'udp'))),
    );
    if (free.every(Boolean)) return first;
    for (const port of range) given.delete(port);
  }
  throw new Error(`no ${count} adjacent ports are free between ${LOWEST} and ${HIGHEST}`);
}

export function freePort(): Promise<number> {
  return freePorts(1);
}
