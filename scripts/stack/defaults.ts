import { z } from 'zod';

/**
 * Where a stack for development listens, and which variable changes it. Everything listens on loopback.
 * Tests do not use these: they take free ports, so that they run beside `npm start`.
 */
export const DEFAULT_PORTS = {
  /** Web app and API: wrangler's own default, which people who know Workers expect. */
  web: { variable: 'MERIDIAN_WEB_PORT', port: 8787, what: 'the web app and API' },
  /** Given explicitly, because wrangler otherwise takes 9229, where a debugged Node listens. */
  inspector: { variable: 'MERIDIAN_INSPECTOR_PORT', port: 8788, what: "the Workers' debugger" },
  /** Away from 5432, which a PostgreSQL of the machine's own may have. */
  postgres: { variable: 'MERIDIAN_POSTGRES_PORT', port: 54329, what: 'PostgreSQL' },
  bridge: { variable: 'MERIDIAN_BRIDGE_PORT', port: 54330, what: 'the Neon bridge' },
  /** The first media node; the next ones follow. 4443 is what mediasoup's examples use. */
  node: { variable: 'MERIDIAN_NODE_PORT', port: 4443, what: 'media node' },
  /** RTP, UDP and TCP; one per worker. The next node's are PORTS_PER_NODE.media higher. */
  media: { variable: 'MERIDIAN_MEDIA_PORT', port: 40_000, what: 'media' },
  /** Pipes between nodes; mediasoup takes a port per transport from this range. */
  relay: { variable: 'MERIDIAN_RELAY_PORT', port: 41_000, what: 'relay' },
} as const;

export type PortName = keyof typeof DEFAULT_PORTS;

/** Distance between the ranges of two nodes on the one machine. */
export const PORTS_PER_NODE = { media: 100, relay: 200 } as const;

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
    node: port('node'),
    media: port('media'),
    relay: port('relay'),
  };
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return ports;
}
