import { breadthFirstTree, LIMITS, type relay, type roomLink } from '@meridian/protocol';

type Links = readonly roomLink.Link[];

/**
 * The relays of one meeting as one of its nodes sees them. Every node works out the same trees from the same links, so
 * within an epoch of the topology a stream comes to each node once and never in a circle. Between epochs, while nodes
 * differ in what they know, the path that a stream carries prevents circles.
 */
export class RelayTopology {
  readonly neighbours: ReadonlySet<string>;
  readonly #self: string;
  readonly #links: Links;
  readonly #trees = new Map<string, ReadonlyMap<string, string | null>>();
  readonly #beside: ReadonlySet<string>;
  readonly #repaired: RelayTopology | null;

  /**
   * `repair`: while the room is away, the links there would be without the nodes that are lost, and with whom this node
   * has a link beside `links`. It only adds: what still goes the old way does, and since others may see it otherwise, those
   * beside are offered everything.
   */
  constructor(self: string, links: Links, repair?: { links: Links; beside: ReadonlySet<string> }) {
    this.#self = self;
    this.#links = links;
    this.#beside = repair?.beside ?? new Set();
    this.#repaired = repair === undefined ? null : new RelayTopology(self, repair.links);
    const linked = links.flatMap(({ a, b }) => (a === self ? [b] : b === self ? [a] : []));
    this.neighbours = new Set([...linked, ...this.#beside].filter((id) => id !== self));
  }

  /** Where what is published at `origin` is to come from; undefined at the origin itself, and for no way at all. */
  parent(origin: string): string | undefined {
    return this.#repaired?.parent(origin) ?? this.#tree(origin).get(this.#self) ?? undefined;
  }

  /** Whether what has come this way is to be passed on to a neighbour. */
  passesOn({ origin, path }: relay.RelayRoute, neighbour: string): boolean {
    return (
      path.length <= LIMITS.relayHops &&
      !path.includes(neighbour) &&
      (this.#beside.has(neighbour) || this.#tree(origin).get(neighbour) === this.#self)
    );
  }

  #tree(origin: string): ReadonlyMap<string, string | null> {
    const tree = this.#trees.get(origin) ?? breadthFirstTree(this.#links, origin);
    this.#trees.set(origin, tree);
    return tree;
  }
}
