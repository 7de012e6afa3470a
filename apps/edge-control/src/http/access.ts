import { MeridianError, type Role } from '@meridian/protocol';
import { verifySecret } from '../auth/secrets.ts';
import type { ApiEnv } from '../env.ts';
import type { StoredMeeting } from '../storage/stored-meeting.ts';
import { Guesses } from './guesses.ts';

type Credentials = { password?: string | undefined; host_key?: string | undefined };

const guesses = new Guesses();

/** Refuses what needs no computing: callers who guessed too often, and a password that is missing. */
export function precheckAccess(
  meeting: StoredMeeting,
  credentials: Credentials,
  address: string,
  now: number,
): void {
  const { password, host_key } = credentials;
  if (host_key === undefined) {
    if (meeting.password_hash === null) return;
    if (password === undefined) throw new MeridianError('password_required', 'this meeting has a password');
  }
  guesses.admit(guesserKey(meeting, address), now);
}

/** As whom the caller may come in. The host key opens the meeting without its password. */
export async function checkAccess(
  env: ApiEnv,
  meeting: StoredMeeting,
  credentials: Credentials,
  address: string,
  now: number,
): Promise<Role> {
  precheckAccess(meeting, credentials, address, now);
  const key = guesserKey(meeting, address);
  const { password, host_key } = credentials;
  if (host_key !== undefined) {
    if (await verifySecret(host_key, meeting.host_key_hash)) return 'host';
    await guesses.wrong(env.PASSWORD_LIMIT, key, now);
    throw new MeridianError('forbidden', 'the host key is wrong');
  }
  if (meeting.password_hash === null || password === undefined) return 'participant';
  if (await verifySecret(password, meeting.password_hash)) return 'participant';
  await guesses.wrong(env.PASSWORD_LIMIT, key, now);
  throw new MeridianError('wrong_password', 'the password is wrong');
}

function guesserKey(meeting: StoredMeeting, address: string): string {
  return `${meeting.id}|${address}`;
}
