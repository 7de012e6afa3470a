import type { ErrorCode } from '@meridian/protocol';

/** What happens at the node, as it happens, for whoever counts. Times in seconds. */
export interface NodeObserver {
  /** A frame of a client has arrived. */
  message(): void;
  /** A request of a client was answered. `type` is one of the protocol's. */
  answered(type: string, seconds: number): void;
  refused(code: ErrorCode): void;
  /** A client's socket is gone, closed with this code by either side. */
  closed(code: number): void;
  iceLost(): void;
  dtlsFailed(): void;
  /** From a stream being published to its first packet; null when none came in time. */
  firstPacket(seconds: number | null): void;
}
