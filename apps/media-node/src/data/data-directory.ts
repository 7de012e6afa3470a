import { EventEmitter } from 'node:events';
import type { DataChannel } from './data-channel.ts';
import { LocalChannel } from './local-channel.ts';

type DataDirectoryEvents = {
  added: [DataChannel];
  /** One of this node; `removed` follows for it, too. */
  opened: [LocalChannel];
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

  /** A channel of this node. */
  find(id: string): LocalChannel | undefined {
    const channel = this.#channels.get(id);
    return channel instanceof LocalChannel ? channel : undefined;
  }

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
    if (channel instanceof LocalChannel) this.emit('opened', channel);
    this.emit('added', channel);
    return true;
  }

  close(): void {
    this.removeAllListeners();
    this.#channels.clear();
  }
}
