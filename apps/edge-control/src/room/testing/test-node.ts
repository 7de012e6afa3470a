import { encode, type NodeDescription, roomLink } from '@meridian/protocol';
import { ROOM_HEADERS } from '../contract.ts';
import type { Room } from './fixtures.ts';
import { SocketReader } from './socket-reader.ts';

/** The room's link of a media node. */
export class TestNode {
  readonly reader: SocketReader<roomLink.RoomToNode>;
  readonly node: NodeDescription;

  private constructor(node: NodeDescription, response: Response) {
    this.node = node;
    this.reader = new SocketReader(response, (text) => roomLink.RoomToNode.parse(JSON.parse(text)));
  }

  static async open(room: Room, node: NodeDescription): Promise<TestNode> {
    const response = await room.fetch('https://room/room-link', {
      headers: {
        upgrade: 'websocket',
        [ROOM_HEADERS.nodeId]: node.node_id,
        [ROOM_HEADERS.region]: node.region,
      },
    });
    return new TestNode(node, response);
  }

  static async dial(room: Room, node: NodeDescription): Promise<TestNode> {
    const link = await TestNode.open(room, node);
    const { node_id, boot_id, region } = node;
    link.send(encode<roomLink.NodeToRoom>({ type: 'node_hello', node_id, boot_id, region }));
    return link;
  }

  send(frame: string | ArrayBuffer): void {
    this.reader.socket.send(frame);
  }

  get states(): roomLink.DesiredState[] {
    return this.reader.frames.filter((frame) => frame.type === 'desired_state');
  }

  /** The latest desired state, once it fits. */
  async desired(
    fits: (state: roomLink.DesiredState) => boolean = () => true,
  ): Promise<roomLink.DesiredState> {
    let latest: roomLink.DesiredState | undefined;
    await this.reader.until(() => {
      latest = this.states.at(-1);
      return latest !== undefined && fits(latest);
    });
    if (!latest) throw new Error('unreachable');
    return latest;
  }
}
