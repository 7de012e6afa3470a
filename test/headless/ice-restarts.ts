import { ErrorMessage, encode, mediaRpc, type Ref } from '@meridian/protocol';

const NO_TRANSPORT = 'none';
/** The library does not look at them. */
const UNUSED = { usernameFragment: 'unused', password: 'unused' };

/**
 * Keeps ICE restarts from one node. The library of headless clients cannot restart ICE and goes on with the credentials it
 * has; a node takes those until newer ones are used, or made a second time, and from then on answers none of its checks.
 * So it is asked about a transport that there is not, and its refusal is made the answer: both sides count the frames
 * of a socket, which may break between the two.
 */
export class IceRestarts {
  readonly #asked = new Map<Ref, string>();

  outgoing(frame: string): string {
    if (!frame.includes('"restart_ice"')) return frame;
    const { ref, transport_id } = mediaRpc.RestartIce.parse(JSON.parse(frame));
    if (ref === undefined) return frame;
    this.#asked.set(ref, transport_id);
    return encode<mediaRpc.ClientToNode>({ type: 'restart_ice', ref, transport_id: NO_TRANSPORT });
  }

  incoming(frame: string): string {
    if (this.#asked.size === 0 || !frame.includes('"error"')) return frame;
    const refusal = ErrorMessage.safeParse(JSON.parse(frame));
    const ref = refusal.data?.ref;
    const transport_id = ref === undefined ? undefined : this.#asked.get(ref);
    if (ref === undefined || transport_id === undefined) return frame;
    this.#asked.delete(ref);
    return encode<mediaRpc.NodeToClient>({
      type: 'ice_restarted',
      ref,
      transport_id,
      ice_parameters: UNUSED,
    });
  }
}
