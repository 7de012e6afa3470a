import type { LIMITS } from '@meridian/protocol';

/**
 * How long the texts may be that people type here. Written out, and kept equal to the protocol by the compiler,
 * because importing the value would load every schema of the protocol with the first page.
 */
export const TEXT_LIMITS: Pick<typeof LIMITS, 'title' | 'displayName' | 'password' | 'chatText'> = {
  title: 255,
  displayName: 100,
  password: 128,
  chatText: 4_000,
};
