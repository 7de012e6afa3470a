import { CLOSE, MeridianError } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { LOCAL_CLOSE } from './message-socket.ts';
import { lossOfClose, lossOfRefusal, type SessionLoss } from './session-loss.ts';

const ABNORMAL = 1006;

describe('the loss of a media session', () => {
  it.each<[string, number, SessionLoss['reason'], SessionLoss['evidence']]>([
    ['nobody here had closed it', ABNORMAL, 'lost', 'closed'],
    ['no pong came', LOCAL_CLOSE.silent, 'lost', 'silent'],
    ['nothing gets through', LOCAL_CLOSE.stuck, 'lost', 'silent'],
    ['it cannot be reached', LOCAL_CLOSE.unreachable, 'unreachable', 'closed'],
    ['the token was refused', CLOSE.unauthorized, 'token', null],
    ['the node lost its streams', CLOSE.mediaLost, 'media_lost', null],
    ['a node that is well sends the client away', CLOSE.flooding, 'lost', null],
    ['the page is out of date', CLOSE.unsupportedVersion, 'impossible', null],
  ])('by its close code: %s', (_, code, reason, evidence) => {
    expect(lossOfClose(code, '')).toMatchObject({ reason, evidence });
  });

  it.each<[MeridianError['code'], boolean, SessionLoss['reason'] | undefined]>([
    ['caps_mismatch', false, 'impossible'],
    ['token_expired', true, 'token'],
    ['overloaded', false, 'lost'],
    ['overloaded', true, undefined],
  ])('by an error that answers nothing: %s, welcomed: %s', (code, welcomed, reason) => {
    expect(lossOfRefusal(new MeridianError(code, ''), welcomed)?.reason).toBe(reason);
  });
});
