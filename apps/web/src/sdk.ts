import type { JoinOptions } from '@meridian/client';

export type Sdk = typeof import('@meridian/client');

let loading: Promise<Sdk> | undefined;

/** The SDK is a chunk of its own, so that the first page shows without waiting for it. */
export function loadSdk(): Promise<Sdk> {
  loading ??= import('@meridian/client').catch((error: unknown) => {
    // A failed load must not stick: the network may be back at the next click.
    loading = undefined;
    throw error;
  });
  return loading;
}

/** Fetches the SDK and warms the WebRTC device, so that joining waits for no further load. */
export function preloadSdk(): void {
  loadSdk().then(
    (sdk) => sdk.preload(),
    // Whoever needs it next tries again and reports what went wrong.
    () => undefined,
  );
}

/**
 * What the address says of how media may travel. For support: with `?ice=relay` it goes through a TURN server only,
 * which tells a network that blocks the direct way from one that blocks everything; with `?failover=warm` or `cold`
 * no more than that is prepared for the loss of a media node, which spares a device that is too weak for it.
 */
export function networkOptions(search: string): Pick<JoinOptions, 'iceTransportPolicy' | 'failover'> {
  const said = new URLSearchParams(search);
  const failover = said.get('failover');
  return {
    ...(said.get('ice') === 'relay' ? { iceTransportPolicy: 'relay' } : {}),
    ...(failover === 'warm' || failover === 'cold' ? { failover } : {}),
  };
}
