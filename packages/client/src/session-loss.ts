import { CLOSE, MeridianError } from '@meridian/protocol';
import type { Evidence } from './failover.ts';
import type { MediaReason } from './media-state.ts';
import { LOCAL_CLOSE } from './message-socket.ts';

/** Why a media session is over. `impossible`: no use trying again. */
export type SessionLoss = {
  reason: Exclude<MediaReason, 'start' | 'moved' | 'failed_over'> | 'impossible';
  error: MeridianError;
  /** What it says of the node; null where it says nothing against it. */
  evidence: Extract<Evidence['current'], 'closed' | 'silent' | 'no_path'> | null;
};

/** What the close of the socket means, by its code. Pure. */
export function lossOfClose(code: number, text: string): SessionLoss {
  if (code === CLOSE.unsupportedVersion) {
    return {
      reason: 'impossible',
      error: new MeridianError('unsupported_version', text || 'this page is out of date'),
      evidence: null,
    };
  }
  return {
    reason: REASON_OF_CODE[code] ?? 'lost',
    error: new MeridianError('timeout', `the media node closed the connection (${code} ${text})`),
    evidence: evidenceOf(code),
  };
}

/** What an error means that answers no request; null: nothing for the session. Pure. */
export function lossOfRefusal(error: MeridianError, welcomed: boolean): SessionLoss | null {
  switch (error.code) {
    case 'caps_mismatch':
    case 'unsupported_version':
      return { reason: 'impossible', error, evidence: null };
    case 'unauthorized':
    case 'token_expired':
      return { reason: 'token', error, evidence: null };
    default:
      return welcomed ? null : { reason: 'lost', error, evidence: null };
  }
}

function evidenceOf(code: number): SessionLoss['evidence'] {
  if (code === LOCAL_CLOSE.silent || code === LOCAL_CLOSE.stuck) return 'silent';
  if (code === LOCAL_CLOSE.unreachable) return 'closed';
  return code in REASON_OF_CODE || SPEAKS_FOR_THE_NODE.includes(code) ? null : 'closed';
}

/** Codes with which a node that is well sends this client away: a reason to come back, not to go elsewhere. */
const SPEAKS_FOR_THE_NODE: readonly number[] = [
  CLOSE.malformed,
  CLOSE.authTimeout,
  CLOSE.replaced,
  CLOSE.flooding,
  CLOSE.sessionExpired,
];

const REASON_OF_CODE: Readonly<Record<number, SessionLoss['reason']>> = {
  [CLOSE.unauthorized]: 'token',
  [CLOSE.removed]: 'token',
  [CLOSE.notFound]: 'token',
  [CLOSE.mediaLost]: 'media_lost',
  [LOCAL_CLOSE.unreachable]: 'unreachable',
};
