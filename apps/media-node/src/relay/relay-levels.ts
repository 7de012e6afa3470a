import { MeridianError, type relay } from '@meridian/protocol';
import type { MeetingSpeakers, NodeLevels } from '../speakers/meeting-speakers.ts';
import type { Message } from './relay-message.ts';

type Heard = { from: string; route: relay.RelayRoute; levels: NodeLevels };
/** What is to be passed on to the neighbours whose way it is. `route`: how it is at them. */
export type LevelsOnTheirWay = { route: relay.RelayRoute; levels: NodeLevels };

export type RelayLevelsOptions = {
  self: string;
  speakers: MeetingSpeakers;
  /** The neighbour that what comes from `origin` should come from. */
  parent: (origin: string) => string | undefined;
  /** Another node's levels have changed. */
  changed: (levels: LevelsOnTheirWay) => void;
};

const SILENCE: NodeLevels = { levels: [], active: null };

/** Who is heard at other nodes, as neighbours tell of it. */
export class RelayLevels {
  readonly #options: RelayLevelsOptions;
  /** By origin. */
  readonly #heard = new Map<string, Heard>();

  constructor(options: RelayLevelsOptions) {
    this.#options = options;
  }

  /** All there is to tell a neighbour, this node's own among it. */
  *all(): Generator<LevelsOnTheirWay> {
    const { self, speakers } = this.#options;
    yield { route: { origin: self, path: [self] }, levels: speakers.local };
    for (const { route, levels } of this.#heard.values()) yield { route: this.#onwards(route), levels };
  }

  receive(from: string, { origin, path, levels, active }: Message<'relay_levels'>): void {
    const { self, speakers, parent, changed } = this.#options;
    if (origin === self || path.includes(self)) {
      throw new MeridianError('conflict', 'these have been here before');
    }
    // By a way the topology does not have: they come by the other as well. If not, this is better than nothing.
    const due = parent(origin);
    const known = this.#heard.get(origin);
    if (known !== undefined && from !== due && known.from === due) return;
    const heard: Heard = { from, route: { origin, path }, levels: { levels, active } };
    this.#heard.set(origin, heard);
    speakers.heard(origin, heard.levels);
    changed({ route: this.#onwards(heard.route), levels: heard.levels });
  }

  /** Nothing comes from a neighbour any more; an old level would go on for ever. */
  lost(from: string): void {
    for (const [origin, heard] of [...this.#heard]) {
      if (heard.from !== from) continue;
      this.#heard.delete(origin);
      this.#options.speakers.heard(origin, null);
      this.#options.changed({ route: this.#onwards(heard.route), levels: SILENCE });
    }
  }

  #onwards({ origin, path }: relay.RelayRoute): relay.RelayRoute {
    return { origin, path: [...path, this.#options.self] };
  }
}
