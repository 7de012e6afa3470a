import type {
  CreateEnrolmentRequest,
  EnrolledNode,
  Enrolment,
  EnrolRequest,
  FleetNode,
  FleetNodeList,
  FleetRegionList,
} from '@meridian/protocol';
import { SFU } from './meeting.ts';

/** A node, and how it came into the fleet. */

const NODE: FleetNode = {
  node: {
    node_id: SFU.node_id,
    boot_id: '7f1d7f0a-3c59-4d1e-8f0b-2a6c9d5e4b13',
    region: SFU.region,
    location: { latitude: 52.37, longitude: 4.9 },
    url: SFU.url,
    relay_url: 'wss://eu-west-1a.eu-west.media.example.org/relay',
    address: SFU.address,
    port: SFU.port,
    dtls_fingerprint: SFU.dtls_fingerprint,
    failure_domain: 'ams-rack-3',
    capacity: 500,
    bits_capacity_per_s: 1_000_000_000,
    version: '0.1.0',
    caps_version: 1,
  },
  cell: 'eu-west:0',
  verdict: 'up',
  since: 1803891600000,
  reasons: [],
  desired: 'serve',
  linked: true,
  heard_at: 1803892220000,
  load: {
    state: 'up',
    cpu: [0.31, 0.27],
    packets_per_s: 18_400,
    bits_in_per_s: 41_000_000,
    bits_out_per_s: 128_000_000,
    meetings: 12,
    participants: 96,
    standbys: 40,
    consumers: 610,
    producers: 170,
    loop_delay_ms: 2,
  },
  reserved: 1,
};

const PUBLIC_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'BqIpb_ppNH6B1UXjDN4VKcTdtAlMMAZO2LWDPIRmzA4',
  y: 'dFk6gblx6KoFE2XnhneA7ZjoGfwuAh5b0ejQQTOm-88',
} as const;
const ENROLMENT_SECRET = 'me_4k0v8m3n5p1r6s2t7w9y4z8a3b5c1d6e2f7g9h0j';

export const FLEET_EXAMPLES = {
  FleetRegionList: {
    items: [
      {
        region: SFU.region,
        location: NODE.node.location,
        nodes: { up: 1, suspect: 0, lost: 0, draining: 0, full: 0 },
        participants: 96,
        capacity: 500,
        free: 403,
      },
    ],
    unreachable: [],
  } satisfies FleetRegionList,
  FleetNode: NODE,
  FleetNodeList: { items: [NODE], unreachable: [] } satisfies FleetNodeList,
  CreateEnrolmentRequest: {
    node_id: SFU.node_id,
    region: SFU.region,
  } satisfies CreateEnrolmentRequest,
  Enrolment: {
    node_id: SFU.node_id,
    region: SFU.region,
    secret: ENROLMENT_SECRET,
    expires_at: '2027-02-20T15:00:00.000Z',
  } satisfies Enrolment,
  EnrolRequest: {
    node_id: SFU.node_id,
    region: SFU.region,
    secret: ENROLMENT_SECRET,
    public_key: PUBLIC_KEY,
  } satisfies EnrolRequest,
  EnrolledNode: {
    node_id: SFU.node_id,
    region: SFU.region,
    kid: 'ZmuQwJx0t9b1m4xJ2r8k5Gf3h6Lq7sVd0nYcP1aTeBo',
  } satisfies EnrolledNode,
} as const;
