import type { ErrorCode, MeridianError } from '@meridian/protocol';

const TEXTS: Record<ErrorCode, string> = {
  malformed: 'Something in the request was not right. Please check what you entered.',
  too_large: 'That is too large to send.',
  unsupported_version: 'This page is out of date. Please reload it.',
  unsupported: 'That is not supported here.',
  unauthorized: 'You are not allowed to do that. Please reload the page.',
  token_expired: 'Your place in the meeting has expired. Please join again.',
  forbidden: 'Only the host can do that.',
  password_required: 'This meeting needs a password.',
  wrong_password: 'That password is not right. Please try again.',
  wrong_host_key: 'That host key is not right.',
  sign_in_required: 'This meeting is for people who are signed in.',
  not_found: 'That could not be found.',
  meeting_not_found: 'There is no meeting with this code.',
  unknown_participant: 'That person is no longer in the meeting.',
  unknown_stream: 'That video is no longer available.',
  unknown_transport: 'The media connection was lost.',
  unknown_consumer: 'That video is no longer available.',
  conflict: 'Somebody else changed this at the same time. Please try again.',
  already_joined: 'You are already in this meeting.',
  not_joined: 'You are no longer in this meeting.',
  caps_mismatch: 'This page is out of date. Please reload it.',
  unprocessable: 'Something in the request was not right. Please check what you entered.',
  meeting_ended: 'This meeting has ended.',
  meeting_locked: 'The host has locked this meeting. Nobody else can join for now.',
  meeting_full: 'This meeting is full.',
  session_expired: 'You were away for too long. Please join again.',
  removed: 'The host removed you from this meeting.',
  denied: 'The host did not let you in.',
  version_conflict: 'Somebody else changed this at the same time. Please reload the page.',
  idempotency_conflict: 'That was already sent with other content. Please reload the page.',
  screen_share_taken: 'Somebody else is sharing their screen.',
  rate_limited: 'Too many tries.',
  overloaded: 'The service is very busy.',
  no_capacity: 'All our servers near you are busy.',
  timeout: 'The server took too long to answer. Please check your connection and try again.',
  internal: 'Something went wrong on our side. Please try again.',
};

function isMeridianError(error: unknown): error is MeridianError {
  // By shape: the class itself comes with the SDK, which may be what failed to load.
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code in TEXTS;
}

export function errorCode(error: unknown): ErrorCode | null {
  return isMeridianError(error) ? error.code : null;
}

/** A sentence for people. Never the message of an unknown error, which is written for engineers. */
export function errorText(error: unknown): string {
  if (!isMeridianError(error)) return 'Meridian could not be reached. Please check your connection.';
  const text = TEXTS[error.code];
  if (error.retryAfterMs === undefined) return text;
  return `${text} Try again in ${waitText(error.retryAfterMs)}.`;
}

function waitText(milliseconds: number): string {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  if (seconds === 1) return 'a second';
  if (seconds < 90) return `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
