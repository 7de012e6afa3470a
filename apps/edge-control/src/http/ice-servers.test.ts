import { describe, expect, it } from 'vitest';
import { CONFIG } from '../config.ts';
import { iceServers } from './ice-servers.ts';

const stun = { urls: ['stun:stun.example.org'] };
const urls = ['turn:turn.example.org:3478?transport=udp', 'turns:turn.example.org:443?transport=tcp'];
const TURN = { TURN_URLS: JSON.stringify(urls), TURN_SECRET: 'north' };

describe('the ICE servers of a participant', () => {
  it('are none where none are configured', () => {
    expect(iceServers({}, 'ada', 0)).toEqual([]);
    expect(iceServers({ ICE_SERVERS: '', TURN_URLS: '', TURN_SECRET: '' }, 'ada', 0)).toEqual([]);
  });

  it('have credentials as TURN servers compute them', () => {
    // openssl: printf 1700000000:ada | openssl dgst -sha1 -hmac north -binary | base64
    const now = (1_700_000_000 - CONFIG.turn.credentialSeconds) * 1000 + 999;
    expect(iceServers({ ...TURN, ICE_SERVERS: JSON.stringify([stun]) }, 'ada', now)).toEqual([
      stun,
      { urls, username: '1700000000:ada', credential: 'ndZ88ryT1whVxdkcRLepT9D1MpM=' },
    ]);
  });

  it('differ between participants and expire later when minted later', () => {
    const [[ada], [ben], [later]] = [
      iceServers(TURN, 'ada', 0),
      iceServers(TURN, 'ben', 0),
      iceServers(TURN, 'ada', 60_000),
    ];
    expect(new Set([ada?.credential, ben?.credential, later?.credential]).size).toBe(3);
  });

  it.each([
    ['ICE_SERVERS', { ICE_SERVERS: '{' }],
    ['ICE_SERVERS', { ICE_SERVERS: '[{"url":"stun:x"}]' }],
    ['TURN_URLS', { ...TURN, TURN_URLS: '["https://turn.example.org"]' }],
    ['TURN_SECRET', { TURN_URLS: TURN.TURN_URLS }],
  ])('name %s when it is wrong, and not what is in it', (name, env) => {
    expect(() => iceServers(env, 'ada', 0)).toThrow(new RegExp(`^${name}: `));
  });
});
