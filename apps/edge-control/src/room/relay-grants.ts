import { signRelayGrant } from '../auth/tokens.ts';
import type { Topology, TopologyLink } from '../topology/index.ts';
import { ROOM } from './config.ts';
import type { Runtime } from './runtime.ts';

type Grant = { token: string; minted_at: number };

/** What of the room bears on grants. */
type Room = {
  readonly env: Runtime['env'];
  readonly state: {
    readonly session: { readonly active: { readonly meeting: { readonly id: string } } | null };
    readonly topology: { readonly current: Topology };
  };
  now(): number;
};

/** One grant for each link of the topology: of the two nodes, the one whose id sorts first dials. */
export class RelayGrants {
  readonly #room: Room;
  readonly #grants = new Map<string, Grant>();

  constructor(room: Room) {
    this.#room = room;
  }

  /** Mints what is missing or old, until each link has one: they may change while a grant is being signed. */
  async mint(): Promise<void> {
    for (;;) {
      const { current } = this.#room.state.topology;
      await this.#mintFor(current.links);
      if (this.#room.state.topology.current === current) break;
    }
    const linked = new Set(this.#room.state.topology.current.links.map(({ a, b }) => linkKey(a, b)));
    for (const key of this.#grants.keys()) if (!linked.has(key)) this.#grants.delete(key);
  }

  async #mintFor(links: readonly TopologyLink[]): Promise<void> {
    const { env, state } = this.#room;
    const session = state.session.active;
    if (!session) return;
    const now = this.#room.now();
    await Promise.all(
      links.map(async ({ a, b }) => {
        const key = linkKey(a, b);
        const held = this.#grants.get(key);
        if (held && now - held.minted_at < ROOM.mesh.renewGrantsMs) return;
        const token = await signRelayGrant(env, { sub: a, to: b, meeting: session.meeting.id }, now);
        this.#grants.set(key, { token, minted_at: now });
      }),
    );
  }

  /** By neighbour. None for a node it is no neighbour of any more, although the grant may still live. */
  of(from: string): Record<string, string> {
    const of: Record<string, string> = {};
    for (const { a, b } of this.#room.state.topology.current.links) {
      const grant = a === from && this.#grants.get(linkKey(a, b));
      if (grant) of[b] = grant.token;
    }
    return of;
  }
}

function linkKey(a: string, b: string): string {
  return `${a} ${b}`;
}
