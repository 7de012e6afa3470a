import { signRelayGrant } from '../auth/tokens.ts';
import { possibleLinks, type Topology, type TopologyLink } from '../topology/index.ts';
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

/**
 * One grant for each link of the topology, and for each that nodes may have to open while the room is away: of the two
 * nodes, the one whose id sorts first dials.
 */
export class RelayGrants {
  readonly #room: Room;
  readonly #grants = new Map<string, Grant>();
  /** Worked out once for each topology. */
  #possible: { topology: Topology; links: readonly TopologyLink[] } | null = null;

  constructor(room: Room) {
    this.#room = room;
  }

  /** Mints what is missing or old, until each link has one: they may change while a grant is being signed. */
  async mint(): Promise<void> {
    for (;;) {
      const { current } = this.#room.state.topology;
      await this.#mintFor(this.#links(current));
      if (this.#room.state.topology.current === current) break;
    }
    const linked = new Set(this.#links(this.#room.state.topology.current).map(({ a, b }) => linkKey(a, b)));
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

  /** By node. None for one it cannot be a neighbour of any more, although the grant may still live. */
  of(from: string): Record<string, string> {
    const of: Record<string, string> = {};
    for (const { a, b } of this.#links(this.#room.state.topology.current)) {
      const grant = a === from && this.#grants.get(linkKey(a, b));
      if (grant) of[b] = grant.token;
    }
    return of;
  }

  #links(topology: Topology): readonly TopologyLink[] {
    if (this.#possible?.topology !== topology) this.#possible = { topology, links: possibleLinks(topology) };
    return this.#possible.links;
  }
}

function linkKey(a: string, b: string): string {
  return `${a} ${b}`;
}
