import type { DataChannel } from 'node-datachannel';

/** A data channel of the library in the shape that browsers have. */
export class HeadlessDataChannel extends EventTarget implements RTCDataChannel {
  readonly id: number;
  readonly label: string;
  readonly protocol = '';
  readonly negotiated = true;
  readonly ordered: boolean;
  readonly maxPacketLifeTime: number | null;
  readonly maxRetransmits: number | null;
  readyState: RTCDataChannelState = 'connecting';
  binaryType: BinaryType = 'arraybuffer';
  bufferedAmountLowThreshold = 0;
  onopen = null;
  onclose = null;
  onclosing = null;
  onerror = null;
  onmessage = null;
  onbufferedamountlow = null;
  readonly #channel: DataChannel;

  constructor(
    channel: DataChannel,
    id: number,
    options: { label?: string; ordered?: boolean; maxPacketLifeTime?: number; maxRetransmits?: number },
  ) {
    super();
    this.id = id;
    this.label = options.label ?? '';
    this.ordered = options.ordered !== false;
    this.maxPacketLifeTime = options.maxPacketLifeTime ?? null;
    this.maxRetransmits = options.maxRetransmits ?? null;
    this.#channel = channel;
    channel.onOpen(() => this.#became('open'));
    channel.onClosed(() => this.#became('closed'));
    channel.onError(() => this.dispatchEvent(new Event('error')));
    channel.onMessage((data) => this.dispatchEvent(new MessageEvent('message', { data })));
    // It may have opened with the connection, before anybody listened.
    if (channel.isOpen()) queueMicrotask(() => this.#became('open'));
  }

  get bufferedAmount(): number {
    return this.#channel.bufferedAmount();
  }

  send(data: string | Blob | ArrayBuffer | ArrayBufferView): void {
    if (typeof data === 'string') this.#channel.sendMessage(data);
    else if (data instanceof ArrayBuffer) this.#channel.sendMessageBinary(Buffer.from(data));
    else if (data instanceof Blob) throw new TypeError('blobs are not sent');
    else this.#channel.sendMessageBinary(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }

  close(): void {
    if (this.readyState === 'closed') return;
    this.#channel.close();
    this.#became('closed');
  }

  #became(state: 'open' | 'closed'): void {
    if (this.readyState === state || this.readyState === 'closed') return;
    this.readyState = state;
    this.dispatchEvent(new Event(state === 'open' ? 'open' : 'close'));
  }
}
