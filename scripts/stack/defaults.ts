import { z } from 'zod';

/**
 * Where a stack for development listens, and which variable changes it. Everything listens on loopback, below
 * 32768: above begins what Linux gives to outgoing connections, which then may sit on a port of ours.
 * Tests do not use these: they take free ports, so that they run beside `npm start`.
 */
export const DEFAULT_PORTS = {
  /** Web app and API: wrangler's own default, which people who know Workers expect. */
  web: { variable: 'MERIDIAN_WEB_PORT', port: 8787, what: 'the web app and API' },
  /** Given explicitly, because wrangler otherwise takes 9229, where a debugged Node listens. */
  inspector: { variable: 'MERIDIAN_INSPECTOR_PORT', port: 8788, what: "the Workers' debugger" },
  /** Away from 5432, which a PostgreSQL of the machine's own may have. */
  postgres: { variable: 'MERIDIAN_POSTGRES_PORT', port: 18_432, what: 'PostgreSQL' },
  bridge: { variable: 'MERIDIAN_BRIDGE_PORT', port: 18_433, what: 'the Neon bridge' },
  /** Beside the Workers' two. */
  oidc: { variable: 'MERIDIAN_OIDC_PORT', port: 8789, what: 'the sign-in provider' },
  /** The first media node; the next ones follow. 4443 is what mediasoup's examples use. */
  node: { variable: 'MERIDIAN_NODE_PORT', port: 4443, what: 'media node' },
  /** RTP, UDP and TCP; one per worker. The next node's are PORTS_PER_NODE.media higher. */
  media: { variable: 'MERIDIAN_MEDIA_PORT', port: 14_000, what: 'media' },
  /** Pipes between nodes; mediasoup takes a port per transport from this range. */
  relay: { variable: 'MERIDIAN_RELAY_PORT', port: 15_000, what: 'relay' },
  /** UDP and TCP. Away from 3478, where Debian's coturn listens when it is a service of the machine's own. */
  turn: { variable: 'MERIDIAN_TURN_PORT', port: 13_478, what: 'the TURN server' },
  /** A port for each allocation, of which there are TURN_RELAY_PORTS. */
  turnRelay: { variable: 'MERIDIAN_TURN_RELAY_PORT', port: 17_000, what: 'TURN relay' },
} as const;

export type PortName = keyof typeof DEFAULT_PORTS;

/** Distance between the ranges of two nodes on the one machine. */
export const PORTS_PER_NODE = { media: 100, relay: 200 } as const;

/** Two transports, two server URLs and a restart of ICE: eight for each participant who needs them. */
export const TURN_RELAY_PORTS = 200;

export type Region = {
  readonly id: string;
  readonly city: string;
  readonly latitude: number;
  readonly longitude: number;
};

/** Two pretend regions an ocean apart, so that placement and relays between regions happen on one machine. */
export const REGIONS = [
  { id: 'eu-west', city: 'Amsterdam', latitude: 52.37, longitude: 4.9 },
  { id: 'us-east', city: 'Ashburn', latitude: 39.04, longitude: -77.49 },
] as const satisfies readonly Region[];

export type RegionId = (typeof REGIONS)[number]['id'];

export type StackPorts = { readonly [name in PortName]: number };

const Port = z.coerce.number().int().min(1).max(65_535);

/** The default ports with what the environment says instead; names every variable that is wrong. */
export function portsFromEnvironment(env: Readonly<Record<string, string | undefined>>): StackPorts {
  const wrong: string[] = [];
  const port = (name: PortName): number => {
    const { variable, port: otherwise } = DEFAULT_PORTS[name];
    const parsed = Port.safeParse(env[variable] ?? otherwise);
    if (!parsed.success) wrong.push(`${variable} must be a port number, not "${env[variable]}"`);
    return parsed.data ?? otherwise;
  };
  const ports = {
    web: port('web'),
    inspector: port('inspector'),
    postgres: port('postgres'),
    bridge: port('bridge'),
    oidc: port('oidc'),
    node: port('node'),
    media: port('media'),
    relay: port('relay'),
    turn: port('turn'),
    turnRelay: port('turnRelay'),
  };
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return ports;
}
