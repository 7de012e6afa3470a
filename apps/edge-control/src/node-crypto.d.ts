/**
 * What the runtime offers of node:crypto (flag nodejs_compat) and this project uses. The types of Node as a
 * whole would contradict those of the runtime.
 */
declare module 'node:crypto' {
  export function scrypt(
    password: string,
    salt: Uint8Array,
    keyLength: number,
    options: { N: number; r: number; p: number; maxmem: number },
    callback: (error: Error | null, key: Uint8Array) => void,
  ): void;
  export function createHmac(
    algorithm: 'sha1',
    key: string,
  ): { update(data: string): { digest(encoding: 'base64'): string } };
  export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
}
