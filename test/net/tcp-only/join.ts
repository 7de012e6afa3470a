import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';

/**
 * Makes two sockets one connection. What one side has sent arrives at the other even when it then closes; both have to
 * allow being half open, or the end of one would take what is still to be written to the other with it.
 */
export function join(one: Socket, other: Socket): void {
  const broken = (error: Error | null | undefined) => {
    if (!error) return;
    one.destroy();
    other.destroy();
  };
  pipeline(one, other, broken);
  pipeline(other, one, broken);
}
