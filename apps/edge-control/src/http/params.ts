import { HostKey, MeetingRef, ParticipantId } from '@meridian/protocol';
import { z } from 'zod';
import { HOST_KEY_HEADER } from './acting.ts';

/** `{id}` is the UUID or the code. */
export const MeetingParams = z.object({ id: MeetingRef });
export const ParticipantParams = z.object({ id: MeetingRef, pid: ParticipantId });

/** Of routes that the bearer of the host key may use. */
export const HostKeyHeaders = z.object({ [HOST_KEY_HEADER]: HostKey.optional() });
export const ChangeHeaders = z.object({
  [HOST_KEY_HEADER]: HostKey.optional(),
  'if-match': z.string().max(256).optional(),
});
