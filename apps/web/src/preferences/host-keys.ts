import { readStored, writeStored } from './local-storage.ts';

/** Whoever creates a meeting in this browser is its host in this browser. */
export function rememberHostKey(meetingId: string, hostKey: string): void {
  writeStored(storageKey(meetingId), hostKey);
}

export function hostKeyFor(meetingId: string): string | undefined {
  return readStored(storageKey(meetingId)) ?? undefined;
}

function storageKey(meetingId: string): string {
  return `meridian.host-key.${meetingId}`;
}
