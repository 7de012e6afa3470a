import type { relay } from '@meridian/protocol';
import { RELAY } from '../config.ts';

export type AnnouncementsOptions<T> = {
  /** Whether the topology wants what came this way to be passed on to the neighbour. */
  passesOn: (route: relay.RelayRoute) => boolean;
  offer: (item: T, route: relay.RelayRoute) => void;
  withdraw: (item: T) => void;
};

type Told<T> = { item: T; path: string; withdrawal: NodeJS.Timeout | undefined };

/**
 * What a neighbour has been offered of a meeting's streams, or of its data channels. What the topology does not want
 * passed on any more is withdrawn after a while only: the neighbour gets it another way by then.
 */
export class Announcements<T> {
  readonly #options: AnnouncementsOptions<T>;
  readonly #told = new Map<string, Told<T>>();

  constructor(options: AnnouncementsOptions<T>) {
    this.#options = options;
  }

  /** What the neighbour has been offered under this key; undefined for nothing. */
  find(key: string): T | undefined {
    return this.#told.get(key)?.item;
  }

  /** Offers something, or ceases to. `route`: how it is at the neighbour, this node included. */
  sync(key: string, item: T, route: relay.RelayRoute): void {
    const told = this.#told.get(key);
    if (this.#options.passesOn(route)) {
      clearTimeout(told?.withdrawal);
      const path = route.path.join();
      if (told?.path === path) told.withdrawal = undefined;
      else {
        this.#told.set(key, { item, path, withdrawal: undefined });
        this.#options.offer(item, route);
      }
    } else if (told !== undefined) {
      told.withdrawal ??= setTimeout(() => this.gone(key), RELAY.handover);
    }
  }

  /** It has ended. */
  gone(key: string): void {
    const told = this.#told.get(key);
    if (told === undefined) return;
    clearTimeout(told.withdrawal);
    this.#told.delete(key);
    this.#options.withdraw(told.item);
  }

  /** The neighbour knows of nothing: a new socket, or none. */
  clear(): void {
    for (const { withdrawal } of this.#told.values()) clearTimeout(withdrawal);
    this.#told.clear();
  }
}
