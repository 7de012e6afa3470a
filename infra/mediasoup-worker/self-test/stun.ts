// One STUN binding request of the kind with which an ICE client nominates an address (RFC 8489, RFC 8445).
import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const bindingRequest = 0x0001;
const bindingSuccess = 0x0101;
const magicCookie = 0x2112a442;
const headerLength = 20;
const fingerprintMask = 0x5354554e;

const attributes = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlling: 0x802a,
} as const;

export interface IceCredentials {
  readonly usernameFragment: string;
  readonly password: string;
}

export function nominatingRequest(server: IceCredentials): Buffer {
  const priority = Buffer.alloc(4);
  priority.writeUInt32BE(0x7e7f1eff);
  let message = Buffer.concat([
    header(),
    attribute(attributes.username, Buffer.from(`${server.usernameFragment}:selftest`)),
    attribute(attributes.iceControlling, randomBytes(8)),
    attribute(attributes.useCandidate, Buffer.alloc(0)),
    attribute(attributes.priority, priority),
  ]);
  // Both of these cover a header whose length already counts the attribute they are carried in.
  setLength(message, message.length + 24);
  const integrity = createHmac('sha1', server.password).update(message).digest();
  message = Buffer.concat([message, attribute(attributes.messageIntegrity, integrity)]);
  setLength(message, message.length + 8);
  const fingerprint = Buffer.alloc(4);
  fingerprint.writeUInt32BE((crc32(message) ^ fingerprintMask) >>> 0);
  return Buffer.concat([message, attribute(attributes.fingerprint, fingerprint)]);
}

export function isBindingSuccess(message: Buffer): boolean {
  return message.length >= headerLength && message.readUInt16BE(0) === bindingSuccess;
}

function header(): Buffer {
  const bytes = Buffer.alloc(headerLength);
  bytes.writeUInt16BE(bindingRequest, 0);
  bytes.writeUInt32BE(magicCookie, 4);
  randomBytes(12).copy(bytes, 8);
  return bytes;
}

function setLength(message: Buffer, total: number): void {
  message.writeUInt16BE(total - headerLength, 2);
}

function attribute(type: number, value: Buffer): Buffer {
  const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  padded.writeUInt16BE(type, 0);
  padded.writeUInt16BE(value.length, 2);
  value.copy(padded, 4);
  return padded;
}
