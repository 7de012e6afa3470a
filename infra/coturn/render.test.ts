import { describe, expect, it } from 'vitest';
import { renderCoturn } from './render.ts';

const PRODUCTION = {
  TURN_SECRET: 'secret',
  TURN_REALM: 'meet.example.org',
  TURN_STATE_DIRECTORY: '/var/lib/turn',
  TURN_LISTEN_ADDRESS: '10.0.0.5',
  TURN_EXTERNAL_ADDRESS: '198.51.100.7/10.0.0.5',
  TURN_CERTIFICATE: '/etc/turn/cert.pem',
  TURN_PRIVATE_KEY: '/etc/turn/key.pem',
};

const settings = (rendered: string) =>
  rendered.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('the configuration of coturn', () => {
  it('keeps strangers out, and clients from what only the server reaches', () => {
    const lines = settings(renderCoturn('production', PRODUCTION));
    expect(lines).toEqual(expect.arrayContaining(['use-auth-secret', 'static-auth-secret=secret', 'no-cli']));
    for (const range of [
      '127.0.0.0-127.255.255.255',
      '10.0.0.0-10.255.255.255',
      '169.254.0.0-169.254.255.255',
    ]) {
      expect(lines).toContain(`denied-peer-ip=${range}`);
    }
    expect(lines).toContain('tls-listening-port=443');
    expect(lines).not.toContain('allow-loopback-peers');
  });

  it('lets loopback peers be reached only by a server that listens on loopback alone', () => {
    const lines = settings(
      renderCoturn('loopback', {
        ...PRODUCTION,
        TURN_PORT: '34780',
        TURN_RELAY_PORT_MIN: '42000',
        TURN_RELAY_PORT_MAX: '42099',
      }),
    );
    expect(lines).toEqual(expect.arrayContaining(['allow-loopback-peers', 'listening-ip=127.0.0.1']));
  });

  it('names every value that is missing or would start a new line', () => {
    const { TURN_REALM: _, ...rest } = PRODUCTION;
    expect(() => renderCoturn('production', { ...rest, TURN_SECRET: 'a\nno-auth' })).toThrow(
      'needs a value of one line: TURN_SECRET, TURN_REALM',
    );
  });
});
