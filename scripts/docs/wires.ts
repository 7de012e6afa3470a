import * as protocol from '@meridian/protocol';
import type { z } from 'zod';

export type Wire = {
  /** Of the source in packages/protocol, and of the page. */
  readonly file: string;
  readonly title: string;
  readonly intro: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly directions: readonly { readonly title: string; readonly messages: readonly z.ZodType[] }[];
};

const ENVELOPE =
  'Text frames, each a JSON object `{v: 1, type, ref?, …}`. A request with `ref` is answered by an event or an `error` with the same `ref`.';

export const WIRES: readonly Wire[] = [
  {
    file: 'signaling',
    title: 'Signaling',
    intro: `Browser ↔ room, \`WSS /api/v1/meetings/{id}/signal\`, subprotocols \`meridian.signal.v1, <ticket>\`. ${ENVELOPE} Ordered events carry \`seq\`, and \`prev\`: the \`seq\` of the event before for this recipient, so that a gap shows although some events are private.`,
    exports: protocol.signaling,
    directions: [
      { title: 'Client → room', messages: protocol.signaling.ClientToRoom.options },
      { title: 'Room → client', messages: protocol.signaling.RoomToClient.options },
    ],
  },
  {
    file: 'media-rpc',
    title: 'Media RPC',
    intro: `Browser ↔ media node, a WebSocket at the \`url\` of the [SfuEndpoint](types.md#sfuendpoint), subprotocol \`meridian.media.v1\`. ${ENVELOPE}`,
    exports: protocol.mediaRpc,
    directions: [
      { title: 'Client → node', messages: protocol.mediaRpc.ClientToNode.options },
      { title: 'Node → client', messages: protocol.mediaRpc.NodeToClient.options },
    ],
  },
  {
    file: 'room-link',
    title: 'Room link',
    intro: `Media node → room, one per hosted meeting, \`WSS /api/v1/meetings/{id}/room-link\` with the node's token as bearer. The room says what should be, the node what is. ${ENVELOPE}`,
    exports: protocol.roomLink,
    directions: [
      { title: 'Room → node', messages: protocol.roomLink.RoomToNode.options },
      { title: 'Node → room', messages: protocol.roomLink.NodeToRoom.options },
    ],
  },
  {
    file: 'cell-link',
    title: 'Cell link',
    intro: `Media node → registry cell, \`WSS /api/v1/fleet/regions/{region}/link\` with the node's token as bearer. ${ENVELOPE}`,
    exports: protocol,
    directions: [
      { title: 'Node → cell', messages: protocol.NodeToCell.options },
      { title: 'Cell → node', messages: protocol.CellToNode.options },
    ],
  },
  {
    file: 'relay',
    title: 'Relay',
    intro: `Media node ↔ media node, one socket per meeting and pair, dialled with a relay grant by the node whose id sorts first. Media goes over pipe transports (SRTP, RTX) beside it. ${ENVELOPE}`,
    exports: protocol.relay,
    directions: [{ title: 'Either way', messages: protocol.relay.RelayMessage.options }],
  },
];
