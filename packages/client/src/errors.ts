import { CLOSE, MeridianError } from '@meridian/protocol';
import type { EndReason } from './types.ts';

/** What a `catch` received, as the one error type that leaves the SDK. */
export function toMeridianError(error: unknown): MeridianError {
  if (error instanceof MeridianError) return error;
  return new MeridianError('internal', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}

/** The connection a request was sent on is gone; whether it was carried out is unknown. */
export function connectionLost(): MeridianError {
  return new MeridianError('timeout', 'the connection was lost before the answer came');
}

export function notJoined(): MeridianError {
  return new MeridianError('not_joined', 'the meeting is no longer joined');
}

/** Rejects when `promise` has not settled in time. The work itself goes on; its late result is dropped. */
export function withTimeout<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new MeridianError('timeout', `${what} took too long`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

type End = { reason: EndReason; error?: MeridianError };

const failed = (code: MeridianError['code'], message: string): End => ({
  reason: 'failed',
  error: new MeridianError(code, message),
});

/** What a final close code of the signaling socket means for the meeting (see isFinalClose). */
export function endOfClose(code: number, text: string): End {
  switch (code) {
    case CLOSE.normal:
      return { reason: 'left' };
    case CLOSE.removed:
      return { reason: 'removed', error: new MeridianError('removed', text || 'removed by a host') };
    case CLOSE.denied:
      return { reason: 'denied', error: new MeridianError('denied', text || 'turned away by a host') };
    case CLOSE.replaced:
      return { reason: 'replaced' };
    case CLOSE.meetingEnded:
      return { reason: 'meeting_ended' };
    case CLOSE.sessionExpired:
      return {
        reason: 'session_expired',
        error: new MeridianError('session_expired', text || 'away for too long'),
      };
    case CLOSE.notFound:
      return failed('meeting_not_found', text || 'there is no such meeting');
    case CLOSE.unsupportedVersion:
      return failed('unsupported_version', text || 'this page is out of date');
    case CLOSE.unauthorized:
      return failed('unauthorized', text || 'the ticket was not accepted');
    default:
      return failed('malformed', text || `the room closed the connection (${code})`);
  }
}

/** The same for an `error` in place of `joined`; null when trying again makes sense. */
export function endOfError(error: MeridianError): End | null {
  switch (error.code) {
    case 'session_expired':
    case 'removed':
    case 'denied':
    case 'meeting_ended':
      return { reason: error.code, error };
    case 'timeout':
    case 'internal':
    case 'overloaded':
    case 'rate_limited':
    case 'no_capacity':
      return null;
    default:
      return { reason: 'failed', error };
  }
}
