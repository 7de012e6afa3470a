import { EventEmitter } from 'node:events';
import type { DataChannel } from './data-channel.ts';
import { LocalChannel } from './local-channel.ts';

type DataDirectoryEvents = {
  added: [DataChannel];
  removed: [DataChannel];
};

/** Every data channel of a meeting that this node can have. */
export class DataDirectory extends EventEmitter<DataDirectoryEvents> {
  readonly #channels = new Map<string, DataChannel>();

  constructor() {
    super();
    this.setMaxListeners(0);
  }

  get size(): number {
    return this.#channels.size;
  }

  all(): Iterable<DataChannel> {
    return this.#channels.values();
  }

  find(id: string): DataChannel | undefined {
    return this.#channels.get(id);
  }

  /** The channels of this node. */
  *local(): Generator<LocalChannel> {
    for (const channel of this.#channels.values()) if (channel instanceof LocalChannel) yield channel;
  }

  /** Takes a channel in until it closes. Returns false for an id that is already here. */
  add(channel: DataChannel): boolean {
    if (this.#channels.has(channel.id)) return false;
    this.#channels.set(channel.id, channel);
    channel.once('closed', () => {
      this.#channels.delete(channel.id);
      this.emit('removed', channel);
    });
    this.emit('added', channel);
    return true;
  }

  close(): void {
    this.removeAllListeners();
    this.#channels.clear();
  }
}
