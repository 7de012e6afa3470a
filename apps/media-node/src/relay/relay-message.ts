import type { encode, relay } from '@meridian/protocol';

export type Message<T extends relay.RelayMessage['type']> = Extract<relay.RelayMessage, { type: T }>;

/** A message to a neighbour, without what `encode` adds. */
export type RelayBody = Parameters<typeof encode<relay.RelayMessage>>[0];
