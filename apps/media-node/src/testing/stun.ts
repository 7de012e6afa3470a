import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { crc32 } from 'node:zlib';
import type { mediaRpc } from '@meridian/protocol';

type Transport = Pick<mediaRpc.TransportParameters, 'ice_parameters' | 'ice_candidates'>;
type Protocol = 'udp' | 'tcp';

/** RFC 8489 §5, §14; RFC 8445 §16.1. */
const STUN = {
  bindingRequest: 0x0001,
  bindingSuccess: 0x0101,
  cookie: 0x2112a442,
  headerBytes: 20,
  username: 0x0006,
  messageIntegrity: 0x0008,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlling: 0x802a,
  fingerprintXor: 0x5354554e,
} as const;

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** A connectivity check that nominates its path. */
function bindingRequest({ ice_parameters: { usernameFragment, password } }: Transport): Buffer {
  const header = Buffer.alloc(STUN.headerBytes);
  header.writeUInt16BE(STUN.bindingRequest, 0);
  header.writeUInt32BE(STUN.cookie, 4);
  randomBytes(12).copy(header, 8);
  const parts = [
    header,
    attribute(STUN.username, Buffer.from(`${usernameFragment}:test`)),
    attribute(STUN.priority, uint32(1)),
    attribute(STUN.iceControlling, randomBytes(8)),
    attribute(STUN.useCandidate, Buffer.alloc(0)),
  ];
  // Both cover what is before them, with a length that includes themselves.
  const add = (type: number, bytes: number, value: (covered: Buffer) => Buffer) => {
    const length = parts.reduce((sum, part) => sum + part.length, 0) - STUN.headerBytes + 4 + bytes;
    header.writeUInt16BE(length, 2);
    parts.push(attribute(type, value(Buffer.concat(parts))));
  };
  add(STUN.messageIntegrity, 20, (covered) => createHmac('sha1', password).update(covered).digest());
  add(STUN.fingerprint, 4, (covered) => uint32(crc32(covered) ^ STUN.fingerprintXor));
  return Buffer.concat(parts);
}

export type CheckResult = {
  /** The check was answered with success. */
  ok: boolean;
  localPort: number;
  close(): void;
};

/**
 * Checks a path of its own to a transport of a node, over the candidate of this protocol, and nominates it.
 * The path stays open until `close()`. No answer within `ms` is a failure.
 */
export function checkPath(transport: Transport, protocol: Protocol, ms = 1_000): Promise<CheckResult> {
  const candidate = transport.ice_candidates.find((each) => each.protocol === protocol);
  if (candidate === undefined) throw new Error(`no ${protocol} candidate`);
  const request = bindingRequest(transport);
  const isSuccess = (answer: Buffer) => answer.readUInt16BE(0) === STUN.bindingSuccess;
  return new Promise((resolve, reject) => {
    if (protocol === 'udp') {
      const socket = createSocket('udp4');
      const done = (ok: boolean) => {
        clearTimeout(timer);
        resolve({ ok, localPort: socket.address().port, close: () => socket.close() });
      };
      const timer = setTimeout(() => done(false), ms);
      socket.once('message', (answer) => done(isSuccess(answer)));
      socket.once('error', reject);
      socket.send(request, candidate.port, candidate.address);
      return;
    }
    // RFC 4571: each message behind its length.
    const socket = connect(candidate.port, candidate.address, () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(request.length);
      socket.write(Buffer.concat([length, request]));
    });
    const done = (ok: boolean) => {
      clearTimeout(timer);
      resolve({ ok, localPort: socket.localPort ?? 0, close: () => socket.destroy() });
    };
    const timer = setTimeout(() => done(false), ms);
    socket.once('data', (answer) => done(isSuccess(answer.subarray(2))));
    socket.once('error', reject);
  });
}
