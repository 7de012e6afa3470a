import { MeridianError, type Role } from '@meridian/protocol';
import { verifySecret } from '../auth/secrets.ts';
import type { ApiEnv } from '../env.ts';
import { isOwner, type StoredMeeting } from '../storage/stored-meeting.ts';
import { Guesses } from './guesses.ts';

/** What somebody who wants in has to show for it. */
export type Credentials = {
  /** Of whoever has signed in; null for guests. */
  userId: string | null;
  password?: string | undefined;
  host_key?: string | undefined;
};

const guesses = new Guesses();

/** Refuses what needs no computing: callers who guessed too often, guests where there are none, a missing password. */
export function precheckAccess(
  meeting: StoredMeeting,
  credentials: Credentials,
  address: string,
  now: number,
): void {
  const { userId, password, host_key } = credentials;
  if (isOwner(meeting, userId)) return;
  if (host_key === undefined) {
    if (userId === null && !meeting.settings.allow_guests) {
      throw new MeridianError('sign_in_required', 'this meeting is for people who have signed in');
    }
    if (meeting.password_hash === null) return;
    if (password === undefined) throw new MeridianError('password_required', 'this meeting has a password');
  }
  guesses.admit(guesserKey(meeting, address), now);
}

/** As whom the caller may come in. Owners, and the host key, need no password. */
export async function checkAccess(
  env: ApiEnv,
  meeting: StoredMeeting,
  credentials: Credentials,
  address: string,
  now: number,
): Promise<Role> {
  precheckAccess(meeting, credentials, address, now);
  const { userId, password, host_key } = credentials;
  if (isOwner(meeting, userId)) return 'host';
  if (host_key !== undefined) {
    await checkHostKey(env, meeting, host_key, address, now);
    return 'host';
  }
  if (meeting.password_hash === null || password === undefined) return 'participant';
  if (await verifySecret(password, meeting.password_hash)) return 'participant';
  await guesses.wrong(env.PASSWORD_LIMIT, guesserKey(meeting, address), now);
  throw new MeridianError('wrong_password', 'the password is wrong');
}

/** Throws `wrong_host_key`, or `rate_limited` for those who guess. */
export async function checkHostKey(
  env: ApiEnv,
  meeting: StoredMeeting,
  hostKey: string,
  address: string,
  now: number,
): Promise<void> {
  const guesser = guesserKey(meeting, address);
  guesses.admit(guesser, now);
  if (await verifySecret(hostKey, meeting.host_key_hash)) return;
  await guesses.wrong(env.PASSWORD_LIMIT, guesser, now);
  throw new MeridianError('wrong_host_key', 'the host key is wrong');
}

function guesserKey(meeting: StoredMeeting, address: string): string {
  return `${meeting.id}|${address}`;
}
