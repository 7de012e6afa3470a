type Fingerprint = { algorithm: string; value: string };

/**
 * Whether a node shows the certificate the control plane has vouched for. The media socket alone does not prove
 * that: whoever answers on it could name any certificate. An empty `expected` means that none was named.
 */
export function sameFingerprint(expected: string, shown: readonly Fingerprint[]): boolean {
  if (expected === '') return true;
  // As in SDP, the algorithm may stand in front: `sha-256 AB:CD:…`.
  const value = expected.replace(/^sha-256\s+/i, '').toLowerCase();
  return shown.some((one) => one.algorithm === 'sha-256' && one.value.toLowerCase() === value);
}
