import { type CreateEnrolmentRequest, Enrolment } from '@meridian/protocol';

const TIMEOUT = 10_000;

/** Asks the platform, as an operator, for a secret with which a machine of this name may join the fleet. */
export async function enrolmentSecret(
  platform: { url: string; operatorKey: string },
  wish: CreateEnrolmentRequest,
): Promise<string> {
  const response = await fetch(new URL('/api/v1/fleet/enrolments', platform.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${platform.operatorKey}` },
    body: JSON.stringify(wish),
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (!response.ok) throw new Error(`${wish.node_id} cannot be enrolled: ${await response.text()}`);
  return Enrolment.parse(await response.json()).secret;
}
