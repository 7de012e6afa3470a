import type { MeetingSnapshot } from '@meridian/client';

/** Why somebody is not connected, for whoever has to find out; empty when there is nothing to explain. */
export function becauseOf(status: MeetingSnapshot['status']): string {
  if (status.status === 'ended') return [status.reason, status.error].filter(Boolean).join(': ');
  if (status.status !== 'reconnecting') return '';
  const missing = [...(status.signaling ? ['signaling'] : []), ...(status.media ? ['media'] : [])];
  return `${missing.join(' and ')} for ${Math.round((Date.now() - status.since) / 1000)} s`;
}
