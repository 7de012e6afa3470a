import { randomUUID } from 'node:crypto';
import { AUDIENCE, NODE_TOKEN_TYPE, NodeClaims, type roomLink } from '@meridian/protocol';
import fc from 'fast-check';
import { exportJWK, generateKeyPair, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { NodeIdentity } from './node-identity.ts';
import { NodeKey } from './node-key.ts';
import { type RoomState, reconcile } from './reconcile.ts';
import { type Counters, rates } from './traffic.ts';

function state(room_epoch: number, version: number): roomLink.DesiredState {
  return {
    v: 1,
    type: 'desired_state',
    meeting_id: randomUUID(),
    meeting_session_id: randomUUID(),
    room_epoch,
    version,
    participants: [],
    revoked: [],
    mesh: [],
    links: [],
    topology_epoch: 0,
    relay_grants: {},
    ended: false,
  };
}

describe('reconcile', () => {
  test('whatever order states arrive in, the newest of the newest mandate is held', () => {
    const numbers = fc.tuple(fc.nat(3), fc.nat(5));
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1 }), (arrivals) => {
        let held: RoomState | null = null;
        for (const [epoch, version] of arrivals) held = reconcile(held, state(epoch, version)) ?? held;
        const newest = arrivals.toSorted((a, b) => b[0] - a[0] || b[1] - a[1])[0];
        expect([held?.desired.room_epoch, held?.desired.version]).toEqual(newest);
      }),
    );
  });

  test('the same version is taken again', () => {
    const first = reconcile(null, state(1, 1));
    expect(reconcile(first, state(1, 1))).not.toBeNull();
  });
});

describe('rates', () => {
  const at = (ms: number, bytesIn: number, bytesOut: number, packets: number): Counters => ({
    at: ms,
    transports: new Map([['t', { bytesIn, bytesOut }]]),
    streams: new Map([['s', { packets, bytes: packets * 1000, keyFrameRequests: packets / 10 }]]),
  });

  test('are differences by time, packets out estimated by the size of those in', () => {
    expect(rates(at(0, 0, 0, 0), at(2_000, 10_000, 20_000, 10))).toEqual({
      bytesIn: 10_000,
      bytesOut: 20_000,
      keyFrameRequests: 1,
      bitsInPerSecond: 40_000,
      bitsOutPerSecond: 80_000,
      packetsPerSecond: (10 + 20) / 2,
    });
  });

  test('are never negative, and nothing when no time has passed', () => {
    const { bitsInPerSecond, packetsPerSecond } = rates(at(0, 9, 9, 9), at(1_000, 0, 0, 0));
    expect([bitsInPerSecond, packetsPerSecond]).toEqual([0, 0]);
    expect(rates(at(5, 0, 0, 0), at(5, 9, 9, 9)).bitsInPerSecond).toBe(0);
  });
});

test('a node’s token says who it is, for a minute, under its own key', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const private_key = NodeKey.shape.private_key.parse(await exportJWK(privateKey));
  const key = { node_id: 'node-1', region: 'eu-1', kid: 'k', private_key, enrolled_with: '' };
  const token = await (await NodeIdentity.of(key)).token();
  const options = { audience: AUDIENCE.node, algorithms: ['ES256'], typ: NODE_TOKEN_TYPE };
  const { payload, protectedHeader } = await jwtVerify(token, publicKey, options);
  const claims = NodeClaims.parse(payload);
  expect(protectedHeader.kid).toBe('k');
  expect(claims).toMatchObject({ sub: 'node-1', region: 'eu-1' });
  expect(claims.exp).toBeLessThanOrEqual(Date.now() / 1000 + 60);
});
