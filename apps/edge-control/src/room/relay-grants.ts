import { signRelayGrant } from '../auth/tokens.ts';
import { ROOM } from './config.ts';
import type { Runtime } from './runtime.ts';

type Grant = { token: string; minted_at: number };

/** One grant for each link of the topology: of the two nodes, the one whose id sorts first dials. */
export class RelayGrants {
  readonly #runtime: Runtime;
  #grants = new Map<string, Grant>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Mints what is missing or old. */
  async mint(): Promise<void> {
    const { env, state } = this.#runtime;
    const session = state.session.active;
    if (!session) return;
    const now = this.#runtime.now();
    const grants = new Map<string, Grant>();
    await Promise.all(
      state.topology.current.links.map(async ({ a, b }) => {
        const key = linkKey(a, b);
        const held = this.#grants.get(key);
        if (held && now - held.minted_at < ROOM.mesh.renewGrantsMs) {
          grants.set(key, held);
          return;
        }
        const token = await signRelayGrant(env, { sub: a, to: b, meeting: session.meeting.id }, now);
        grants.set(key, { token, minted_at: now });
      }),
    );
    this.#grants = grants;
  }

  /** By neighbour. None for a node it is no neighbour of any more, although the grant may still live. */
  of(from: string): Record<string, string> {
    const of: Record<string, string> = {};
    for (const { a, b } of this.#runtime.state.topology.current.links) {
      const grant = a === from && this.#grants.get(linkKey(a, b));
      if (grant) of[b] = grant.token;
    }
    return of;
  }
}

function linkKey(a: string, b: string): string {
  return `${a} ${b}`;
}
