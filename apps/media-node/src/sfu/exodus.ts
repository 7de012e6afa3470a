import { STANDBY } from '../config.ts';
import type { Peer } from './peer.ts';

/**
 * The loss of a node, as it shows where its participants have their standbys: each finds out by itself, one a little
 * after the other. The first to come has the others warned, and pictures wait a moment for them, so that one key frame
 * does for all: the next is a second away.
 */
export class Exodus {
  readonly #standbys: () => Iterable<Peer>;
  /** By the node they come from. */
  readonly #gatherings = new Map<string, { gathered: Promise<void>; over: NodeJS.Timeout }>();

  /** `standbys`: all there are now. */
  constructor(standbys: () => Iterable<Peer>) {
    this.#standbys = standbys;
  }

  /** Somebody has come from that node. Resolves when those who were there too are here, or have been waited for. */
  from(nodeId: string): Promise<void> {
    const present = this.#gatherings.get(nodeId);
    if (present) return present.gathered;
    const gathered = this.#gather([...this.#standbys()].filter(({ place }) => place === nodeId));
    const over = setTimeout(() => this.#gatherings.delete(nodeId), STANDBY.exodus);
    this.#gatherings.set(nodeId, { gathered, over });
    return gathered;
  }

  close(): void {
    for (const { over } of this.#gatherings.values()) clearTimeout(over);
    this.#gatherings.clear();
  }

  #gather(others: readonly Peer[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    // Who receives nothing yet has no picture to wait for.
    const missing = new Map<Peer, () => void>();
    const done = () => {
      clearTimeout(timer);
      for (const [peer, found] of missing) peer.off('activated', found).off('closed', found);
      resolve();
    };
    const timer = setTimeout(done, STANDBY.gatherFor);
    for (const peer of others) {
      peer.send({ type: 'others_came' });
      if (peer.consumerCount === 0) continue;
      const found = () => {
        peer.off('activated', found).off('closed', found);
        missing.delete(peer);
        if (missing.size === 0) done();
      };
      missing.set(peer, found);
      peer.on('activated', found).on('closed', found);
    }
    if (missing.size === 0) done();
    return promise;
  }
}
