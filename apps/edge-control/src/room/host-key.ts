import { MeridianError, type Ref } from '@meridian/protocol';
import { verifySecret } from '../auth/secrets.ts';
import { ROOM } from './config.ts';
import type { Caller } from './contract.ts';
import { absence } from './media-access.ts';
import type { Operation } from './operation.ts';
import { giveRole } from './roles.ts';
import type { Member } from './roster.ts';
import type { Runtime } from './runtime.ts';
import { fullBucket, type Rate, take } from './token-bucket.ts';

/** Makes somebody host who has the key. Every try counts, also over restarts of the room. */
export async function claimHost(
  runtime: Runtime,
  caller: Caller,
  key: string,
  ref: Ref | undefined,
): Promise<void> {
  const hash = runtime.transact((op) => {
    countTry(op, present(op, caller));
    return op.session.meeting.host_key_hash;
  });
  if (!(await verifySecret(key, hash))) throw new MeridianError('wrong_host_key', 'that is not the host key');
  runtime.transact((op) => {
    const member = present(op, caller);
    const answer = { participant_id: member.participant_id, ref };
    if (member.role === 'host') op.done(answer);
    else giveRole(op, member, 'host', answer);
  });
}

function present(op: Operation, caller: Caller): Member {
  const member = op.state.roster.find(caller);
  if (!member || !op.state.session.active) throw absence(op.state, caller).error;
  return member;
}

function countTry(op: Operation, member: Member): void {
  const { participantRate, meetingRate } = ROOM.hostKey;
  const own = tryOnce(member.host_key_tries, participantRate, op.now);
  const all = tryOnce(op.session.host_key_tries, meetingRate, op.now);
  op.state.roster.update(member, { host_key_tries: own });
  op.state.session.update({ host_key_tries: all });
}

function tryOnce(before: Member['host_key_tries'], rate: Rate, now: number) {
  const taken = take(before ?? fullBucket(rate, now), rate, now);
  if (taken.allowed) return taken.bucket;
  const { retryAfterMs } = taken;
  throw new MeridianError('rate_limited', 'too many tries', { retryAfterMs });
}
