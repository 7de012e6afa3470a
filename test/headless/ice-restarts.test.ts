import { encode, errorMessage, MeridianError, mediaRpc, parseFrame } from '@meridian/protocol';
import { expect, test } from 'vitest';
import { IceRestarts } from './ice-restarts.ts';

const LIMIT = 1_000;
const refusal = (ref: string) =>
  JSON.stringify(errorMessage(new MeridianError('unknown_transport', 'no such transport'), ref));

test('the node is asked about no transport of its own, and its refusal is the answer', () => {
  const restarts = new IceRestarts();
  const asked = restarts.outgoing(
    encode<mediaRpc.ClientToNode>({ type: 'restart_ice', ref: 'a', transport_id: 'send' }),
  );
  expect(parseFrame(mediaRpc.ClientToNode, asked, LIMIT)).toMatchObject({
    ok: true,
    message: { type: 'restart_ice', ref: 'a', transport_id: 'none' },
  });
  expect(parseFrame(mediaRpc.NodeToClient, restarts.incoming(refusal('a')), LIMIT)).toMatchObject({
    ok: true,
    message: { type: 'ice_restarted', ref: 'a', transport_id: 'send' },
  });
});

test('whatever else is said goes through as it is', () => {
  const restarts = new IceRestarts();
  restarts.outgoing(encode<mediaRpc.ClientToNode>({ type: 'restart_ice', ref: 'a', transport_id: 'send' }));
  const other = encode<mediaRpc.ClientToNode>({ type: 'close_producer', ref: 'b', source: 'camera' });
  expect(restarts.outgoing(other)).toBe(other);
  expect(restarts.incoming(refusal('b'))).toBe(refusal('b'));
  const ok = encode<mediaRpc.NodeToClient>({ type: 'ok', ref: 'b' });
  expect(restarts.incoming(ok)).toBe(ok);
});
