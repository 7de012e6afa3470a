import type { FleetDirectory } from './fleet/fleet-directory.ts';
import type { RegistryCell } from './fleet/registry-cell.ts';
import type { DeadLetter, OutboxBatch } from './queue/contract.ts';
import type { MeetingRoom } from './room/meeting-room.ts';

/** Bindings every script of the control plane has. */
export type SharedEnv = {
  /** Private ES256 JWKs as a JSON array: the first signs, all verify. */
  SIGNING_KEYS: string;
  /** Shared by the control plane and the media nodes; signs node tokens (HS256). */
  FLEET_SECRET: string;
  /** Origin under which people reach the platform, e.g. https://meet.example.org. */
  PUBLIC_ORIGIN: string;
};

export type RoomEnv = SharedEnv & {
  CELLS: DurableObjectNamespace<RegistryCell>;
  OUTBOX: Queue<OutboxBatch>;
};

export type FleetEnv = SharedEnv & {
  CELLS: DurableObjectNamespace<RegistryCell>;
  DIRECTORY: DurableObjectNamespace<FleetDirectory>;
};

export type ApiEnv = SharedEnv & {
  ROOMS: DurableObjectNamespace<MeetingRoom>;
  CELLS: DurableObjectNamespace<RegistryCell>;
  DIRECTORY: DurableObjectNamespace<FleetDirectory>;
  DATABASE_URL: string;
  /** host:port of a local bridge that speaks Neon's protocol. Empty where DATABASE_URL is Neon's own. */
  NEON_LOCAL?: string;
  MEETING_CACHE: KVNamespace;
  ASSETS: Fetcher;
  CREATE_LIMIT: RateLimit;
  JOIN_LIMIT: RateLimit;
  PASSWORD_LIMIT: RateLimit;
  /** What the queue consumer can never write to Postgres, for people to look at. */
  DEAD_LETTERS: Queue<DeadLetter>;
  /** JSON array of RTCIceServer objects for every participant. Empty or absent: none. */
  ICE_SERVERS?: string;
};
