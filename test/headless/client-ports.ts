/**
 * Ports for the UDP sockets of a client, not used before by this process. A mediasoup server takes what comes from
 * the address and port of a transport it still has for that transport's, whoever sends it: a client to whom the
 * system gives the port of one that has just gone without a word would not connect before that one is forgotten.
 */
export function clientPorts(): { portRangeBegin: number; portRangeEnd: number } {
  const portRangeBegin = LOWEST + next * EACH;
  next = (next + 1) % WINDOWS;
  return { portRangeBegin, portRangeEnd: portRangeBegin + EACH - 1 };
}

const LOWEST = 33_000;
/** More than the one it needs: others may sit on some. */
const EACH = 8;
const WINDOWS = 4_000;

/** Each process begins somewhere else. */
let next = Math.floor(Math.random() * WINDOWS);
