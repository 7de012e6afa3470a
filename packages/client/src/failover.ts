import type { signaling } from '@meridian/protocol';

/** Why a standby was activated, in the terms of the wire. */
export type FailoverReason = (signaling.ClientToRoom & { type: 'activated' })['reason'];

/** What is known of the two nodes when something is wrong with the one in use. */
export type Evidence = {
  /**
   * Of the node in use. `answers`: on its socket, although no packets get through. `silent`: nothing at all for too
   * long, on the socket or in packets. `interrupted`: its socket broke off, and another one is being opened. `closed`:
   * that was in vain, or cannot be done. `no_path`: ICE was restarted in vain.
   */
  current: 'answers' | 'silent' | 'interrupted' | 'closed' | 'no_path';
  /** Of the standby. `unready`: there is none, or not yet. `silent`: it does not answer either. */
  standby: 'unready' | 'silent' | 'answers';
};

export type Decision =
  /** The node lives: a new way to it is looked for. */
  | 'restart_ice'
  /** It is one's own network. Both are asked again until one of them answers. */
  | 'wait'
  /** Go over to the standby. */
  | 'activate'
  /** Begin anew, as without a standby. */
  | 'reconnect';

/**
 * What to do. A node that answers is not left before ICE has been tried; a standby is not burnt on what is one's own
 * network. Pure.
 */
export function decide({ current, standby }: Evidence): Decision {
  switch (current) {
    case 'answers':
      return 'restart_ice';
    case 'silent':
    // When one's own network changes, all sockets break off at once.
    case 'interrupted':
      return standby === 'answers' ? 'activate' : 'wait';
    case 'closed':
      // Known at once and for certain; activating is what finds out whether the standby answers.
      return standby === 'unready' ? 'reconnect' : 'activate';
    case 'no_path':
      return standby === 'answers' ? 'activate' : 'reconnect';
  }
}

/** What the room is told of it. */
export function reasonOf(current: Evidence['current']): FailoverReason {
  switch (current) {
    case 'interrupted':
    case 'closed':
      return 'socket_closed';
    case 'silent':
      return 'silent';
    case 'no_path':
    case 'answers':
      return 'ice_failed';
  }
}
