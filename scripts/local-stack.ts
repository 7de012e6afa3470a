import type { Foreground } from './foreground.ts';
import { type Stack, startStack } from './stack/stack.ts';
import { isCoturnInstalled } from './stack/turn.ts';

/** Everything there is, on the usual ports of this machine. */
export function startLocalStack({ signal, onCrash }: Foreground): Promise<Stack> {
  const turn = isCoturnInstalled();
  if (!turn) console.log('coturn is not installed: no TURN, so only direct connections to the media nodes');
  return startStack({ turn, oidc: true, signal, onCrash });
}
