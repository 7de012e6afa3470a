import type { FleetDirectory } from './fleet/fleet-directory.ts';
import type { RegistryCell } from './fleet/registry-cell.ts';
import type { IdempotencyRecord } from './http/idempotency/record.ts';
import type { DeadLetter, OutboxBatch } from './queue/contract.ts';
import type { MeetingRoom } from './room/meeting-room.ts';

/** Bindings every script of the control plane has. */
export type SharedEnv = {
  /** Private ES256 JWKs as a JSON array: the first signs, all verify. */
  SIGNING_KEYS: string;
  /** Origin under which people reach the platform, e.g. https://meet.example.org. */
  PUBLIC_ORIGIN: string;
};

export type RoomEnv = SharedEnv & {
  CELLS: DurableObjectNamespace<RegistryCell>;
  DIRECTORY: DurableObjectNamespace<FleetDirectory>;
  OUTBOX: Queue<OutboxBatch>;
};

export type FleetEnv = SharedEnv & {
  CELLS: DurableObjectNamespace<RegistryCell>;
  DIRECTORY: DurableObjectNamespace<FleetDirectory>;
};

/** Where people sign in: an OpenID provider and this deployment's registration with it. All three or none. */
export type OidcEnv = {
  /** As the provider spells it in its ID tokens, e.g. https://accounts.google.com. */
  OIDC_ISSUER?: string;
  OIDC_CLIENT_ID?: string;
  OIDC_CLIENT_SECRET?: string;
  /** Who may look at and steer the fleet: verified e-mail addresses or subjects of the provider, with commas. */
  OPERATORS?: string;
};

export type ApiEnv = SharedEnv &
  OidcEnv & {
    ROOMS: DurableObjectNamespace<MeetingRoom>;
    CELLS: DurableObjectNamespace<RegistryCell>;
    DIRECTORY: DurableObjectNamespace<FleetDirectory>;
    /** An API key of the deployment's own, `mk_…`, that may do everything with the fleet and asks no database. */
    OPERATOR_KEY?: string;
    DATABASE_URL: string;
    /** host:port of a local bridge that speaks Neon's protocol. Empty where DATABASE_URL is Neon's own. */
    NEON_LOCAL?: string;
    MEETING_CACHE: KVNamespace;
    /** Sessions that were ended before their cookie expires. */
    REVOCATIONS: KVNamespace;
    ASSETS: Fetcher;
    CREATE_LIMIT: RateLimit;
    JOIN_LIMIT: RateLimit;
    PASSWORD_LIMIT: RateLimit;
    AUTH_LIMIT: RateLimit;
    READ_LIMIT: RateLimit;
    WRITE_LIMIT: RateLimit;
    IDEMPOTENCY: DurableObjectNamespace<IdempotencyRecord>;
    /** What the queue consumer can never write to Postgres, for people to look at. */
    DEAD_LETTERS: Queue<DeadLetter>;
    /** JSON array of RTCIceServer objects for every participant. Empty or absent: none. */
    ICE_SERVERS?: string;
    /** JSON array of TURN URLs (turn:, turns:) of servers that share TURN_SECRET. Empty or absent: no TURN. */
    TURN_URLS?: string;
    /** coturn's static-auth-secret: participants get credentials made of it. */
    TURN_SECRET?: string;
  };
