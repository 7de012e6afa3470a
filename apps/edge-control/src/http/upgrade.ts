import { MeridianError, signaling } from '@meridian/protocol';
import { HTTPException } from 'hono/http-exception';
import { CONFIG } from '../config.ts';
import { within } from '../timeout.ts';
import type { AppContext } from './context.ts';
import { problem } from './problem.ts';

export function requireUpgrade(c: AppContext): void {
  if (c.req.header('upgrade')?.toLowerCase() === 'websocket') return;
  const error = new MeridianError('unsupported', 'this is a WebSocket');
  const options = { status: 426, headers: { upgrade: 'websocket', connection: 'Upgrade' } };
  throw new HTTPException(426, { res: problem(c, error, options) });
}

/**
 * A browser names the page that opens a socket, and same-origin rules do not hold for sockets. Other programs
 * send no Origin; what lets them in is the ticket.
 */
export function requireSameOrigin(origin: string | undefined, publicOrigin: string): void {
  if (origin === undefined || origin === new URL(publicOrigin).origin) return;
  throw new MeridianError('forbidden', 'the page belongs to another origin');
}

/** The ticket, as the second of the offered subprotocols: a browser can set no other header. */
export function offeredTicket(header: string | undefined): string {
  const [protocol, ticket] = (header ?? '').split(',').map((value) => value.trim());
  if (protocol !== signaling.SIGNALING_SUBPROTOCOL || !ticket) {
    throw new MeridianError('unauthorized', `offer ${signaling.SIGNALING_SUBPROTOCOL} and a ticket`);
  }
  return ticket;
}

/** Hands the socket to an object, with these headers and none of the client's. */
export function forwardUpgrade(
  target: { fetch(request: Request): Promise<Response> },
  path: string,
  headers: Record<string, string>,
): Promise<Response> {
  const request = new Request(`https://object${path}`, { headers: { ...headers, upgrade: 'websocket' } });
  return within(target.fetch(request), CONFIG.room.upgradeTimeoutMs, 'the room');
}
