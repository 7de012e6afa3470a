import { availableParallelism } from 'node:os';
import { FailureDomain, NodeId, RegionId } from '@meridian/protocol';
import { z } from 'zod';

const port = () => z.coerce.number().int().min(1).max(65535);

/** What a machine has to know to join the fleet. */
const Enrolment = z.object({
  NODE_ID: NodeId,
  REGION: RegionId,
  /** Origin of the edge: tokens, cell link and room links. */
  CONTROL_URL: z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin),
  /** Where the node keeps the key with which it proves who it is. Only it may read the file. */
  NODE_KEY_FILE: z.string().min(1).default('/var/lib/meridian/node-key.json'),
});

const Environment = z
  .object({
    ...Enrolment.shape,
    LATITUDE: z.coerce.number().min(-90).max(90),
    LONGITUDE: z.coerce.number().min(-180).max(180),
    /** From an operator, good once: with it the node makes a key and has it accepted, at its first start. */
    ENROLMENT_SECRET: z.string().min(1).optional(),
    LISTEN_ADDRESS: z.string().min(1).default('0.0.0.0'),
    PORT: port(),
    /** Where clients and other nodes reach PORT: `${PUBLIC_URL}/media`, `${PUBLIC_URL}/relay`. */
    PUBLIC_URL: z.url({ protocol: /^wss?$/ }).transform((url) => url.replace(/\/+$/, '')),
    /** Address the RTC sockets listen on, and the one that ICE candidates carry. */
    MEDIA_ADDRESS: z.string().min(1),
    ANNOUNCED_ADDRESS: z.string().min(1).optional(),
    /** Worker i listens on MEDIA_PORT + i, UDP and TCP. */
    MEDIA_PORT: port(),
    /** Address the pipes to the other nodes of the fleet listen on. */
    RELAY_ADDRESS: z.string().min(1),
    /** The one the others are told, where it differs from the one the pipes listen on (NAT). */
    RELAY_ANNOUNCED_ADDRESS: z.string().min(1).optional(),
    RELAY_PORT_MIN: port(),
    RELAY_PORT_MAX: port(),
    WORKERS: z.coerce.number().int().min(1).max(256).default(availableParallelism()),
    /**
     * Producers and consumers a worker carries before the next participants go to another one. A forwarded
     * packet costs 8–9 µs, a busy video stream has 200 a second: 500 fill a core when a fifth are that busy.
     */
    WORKER_STREAMS: z.coerce.number().int().min(1).default(500),
    CAPACITY: z.coerce.number().int().min(1).default(500),
    /**
     * What can fail together with this node: a rack, a zone. Standbys are looked for elsewhere. Unless set, the node
     * alone: machines of one provider are usually on different hosts.
     */
    FAILURE_DOMAIN: FailureDomain.optional(),
    /** What the machine's network carries in each direction, bits per second. Near it the node counts as full. */
    BITS_CAPACITY: z.coerce.number().positive().default(1_000_000_000),
    /** Seconds a node that is told to stop waits for its participants to be moved away; 0: not at all. */
    DRAIN_TIMEOUT: z.coerce.number().int().min(0).max(86_400).default(600),
    /** A listener of its own for /metrics, which the public one does not serve without a token. */
    METRICS_PORT: port().optional(),
    METRICS_ADDRESS: z.string().min(1).default('127.0.0.1'),
    /** Bearer token /metrics then asks for; with it the public listener serves them as well. */
    METRICS_TOKEN: z.string().min(16).optional(),
    /** PEM files of the public listener. Looked at again every minute and on SIGHUP. Without them: no TLS. */
    TLS_CERT_FILE: z.string().min(1).optional(),
    TLS_KEY_FILE: z.string().min(1).optional(),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  })
  .refine((env) => env.RELAY_PORT_MIN <= env.RELAY_PORT_MAX, {
    path: ['RELAY_PORT_MAX'],
    message: 'must not be below RELAY_PORT_MIN',
  })
  .refine((env) => (env.TLS_CERT_FILE === undefined) === (env.TLS_KEY_FILE === undefined), {
    path: ['TLS_KEY_FILE'],
    message: 'goes together with TLS_CERT_FILE',
  })
  .refine((env) => env.MEDIA_PORT + env.WORKERS - 1 <= 65535, {
    path: ['MEDIA_PORT'],
    message: 'leaves no ports for all WORKERS',
  });

export type Config = Readonly<z.infer<typeof Environment>> & {
  readonly announcedAddress: string;
  /** Beside the node's own key: those that the edge signs with, for a start while it is away. */
  readonly signingKeysFile: string;
};

type Variables = Readonly<Record<string, string | undefined>>;

/** Reads the configuration once; names every variable that is wrong. */
export function parseConfig(env: Variables): Config {
  const config = parsed(Environment, env);
  return {
    ...config,
    announcedAddress: config.ANNOUNCED_ADDRESS ?? config.MEDIA_ADDRESS,
    signingKeysFile: config.NODE_KEY_FILE.replace(/(\.json)?$/, '.signing-keys.json'),
  };
}

/** The same for the part that enrolling needs. */
export function parseEnrolmentConfig(env: Variables): Readonly<z.infer<typeof Enrolment>> {
  return parsed(Enrolment, env);
}

function parsed<S extends z.ZodType>(schema: S, env: Variables): z.output<S> {
  const result = schema.safeParse(env);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`invalid environment\n${lines.join('\n')}`);
}
