import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as cellLink from '../cell-link.ts';
import * as mediaRpc from '../media-rpc.ts';
import * as relay from '../relay.ts';
import * as roomLink from '../room-link.ts';
import * as signaling from '../signaling.ts';
import { almost, arbitraryOf } from './arbitrary.ts';

const WIRES = {
  'client to node': mediaRpc.ClientToNode,
  'node to client': mediaRpc.NodeToClient,
  relay: relay.RelayMessage,
  'node to room': roomLink.NodeToRoom,
  'room to node': roomLink.RoomToNode,
  'node to cell': cellLink.NodeToCell,
  'cell to node': cellLink.CellToNode,
  'client to room': signaling.ClientToRoom,
};

describe.each(Object.entries(WIRES))('%s', (_name, wire) => {
  const messages = wire.options.map((option) => option.shape.type.value);

  test('valid messages of every type survive the wire', () => {
    for (const [index, option] of wire.options.entries()) {
      fc.assert(
        fc.property(arbitraryOf(option), (message) => {
          expect(wire.parse(JSON.parse(JSON.stringify(message)))).toMatchObject({ type: messages[index] });
        }),
        { numRuns: 20 },
      );
    }
  });

  test('most of what is almost valid is refused, and none of it throws anything but that', () => {
    let refused = 0;
    let total = 0;
    fc.assert(
      fc.property(fc.oneof(...wire.options.map((option) => almost(arbitraryOf(option)))), (message) => {
        total += 1;
        if (!wire.safeParse(message).success) refused += 1;
      }),
      { numRuns: 300 },
    );
    expect(refused / total).toBeGreaterThan(0.5);
  });
});
