import type { SharedEnv } from '../env.ts';

/** WebSocket URLs under the public origin. */
export function signalingUrl(env: SharedEnv, meetingId: string): string {
  return webSocketUrl(env, `/api/v1/meetings/${meetingId}/signal`);
}

export function roomLinkUrl(env: SharedEnv, meetingId: string): string {
  return webSocketUrl(env, `/api/v1/meetings/${meetingId}/room-link`);
}

function webSocketUrl(env: SharedEnv, path: string): string {
  const url = new URL(path, env.PUBLIC_ORIGIN);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
