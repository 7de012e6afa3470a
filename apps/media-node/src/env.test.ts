import { expect, test } from 'vitest';
import { parseConfig } from './env.ts';

const VALID = {
  NODE_ID: 'node-1',
  REGION: 'eu-central-1',
  LATITUDE: '50.1',
  LONGITUDE: '8.7',
  CONTROL_URL: 'https://edge.example/anything',
  PORT: '4443',
  PUBLIC_URL: 'wss://node-1.example/',
  MEDIA_ADDRESS: '10.0.0.1',
  MEDIA_PORT: '20000',
  RELAY_ADDRESS: '10.0.0.1',
  RELAY_PORT_MIN: '21000',
  RELAY_PORT_MAX: '21999',
  WORKERS: '4',
};

test('takes what it needs and fills in the rest', () => {
  expect(parseConfig(VALID)).toMatchObject({
    CONTROL_URL: 'https://edge.example',
    PUBLIC_URL: 'wss://node-1.example',
    PORT: 4443,
    CAPACITY: 500,
    announcedAddress: '10.0.0.1',
  });
  expect(parseConfig({ ...VALID, ANNOUNCED_ADDRESS: '203.0.113.9' }).announcedAddress).toBe('203.0.113.9');
});

test.each([
  ['NODE_ID', 'Node 1'],
  ['LATITUDE', '91'],
  ['CONTROL_URL', 'ftp://edge.example'],
  ['ENROLMENT_SECRET', ''],
  ['FAILURE_DOMAIN', 'Rack 3'],
  ['BITS_CAPACITY', '0'],
  ['PUBLIC_URL', 'https://node-1.example'],
  ['MEDIA_PORT', '65534'],
  ['RELAY_PORT_MAX', '20999'],
  ['WORKERS', '0'],
  ['DRAIN_TIMEOUT', '-1'],
  ['METRICS_TOKEN', 'short'],
  ['TLS_KEY_FILE', '/key.pem'],
])('names %s when it is wrong', (name, value) => {
  expect(() => parseConfig({ ...VALID, [name]: value })).toThrow(name);
});

test.each(Object.keys(VALID).filter((name) => name !== 'WORKERS'))('names %s when it is missing', (name) => {
  expect(() => parseConfig({ ...VALID, [name]: undefined })).toThrow(name);
});
