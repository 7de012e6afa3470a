import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';

const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const MAGIC_COOKIE = 0x2112a442;
const TRANSACTION = { start: 8, end: 20 } as const;

/** Whether a STUN server on loopback answers a binding request over UDP within `timeout` milliseconds (RFC 8489). */
export function answersStun(port: number, timeout: number): Promise<boolean> {
  const request = Buffer.alloc(TRANSACTION.end);
  request.writeUInt16BE(BINDING_REQUEST, 0);
  request.writeUInt32BE(MAGIC_COOKIE, 4);
  const transaction = randomBytes(TRANSACTION.end - TRANSACTION.start);
  transaction.copy(request, TRANSACTION.start);
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const finish = (answered: boolean) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.close();
      resolve(answered);
    };
    const timer = setTimeout(() => finish(false), timeout);
    // Refused (ICMP): nobody listens there yet.
    socket.once('error', () => finish(false));
    socket.on('message', (message) => {
      const { start, end } = TRANSACTION;
      if (message.length < end || message.readUInt16BE(0) !== BINDING_SUCCESS) return;
      if (message.subarray(start, end).equals(transaction)) finish(true);
    });
    // Connected, or the refusal would not be told to this socket.
    socket.connect(port, '127.0.0.1', () => socket.send(request));
  });
}
