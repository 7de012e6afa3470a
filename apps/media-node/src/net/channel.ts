import type { CloseCode } from '@meridian/protocol';

/** One WebSocket, whoever dialled it. Sending to one that is closed does nothing. */
export interface Channel {
  readonly closed: boolean;
  send(frame: string): void;
  close(code: CloseCode, reason: string): void;
}

/** What a channel tells its owner. `closed` comes exactly once, also after `close()` of our own. */
export interface ChannelListener {
  message(frame: string | ArrayBuffer): void;
  closed(code: number): void;
}
