import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { type Allocation, allocatePorts, type NodePorts, requireAllocation } from './allocation.ts';
import { REGIONS, type Region, type RegionId } from './defaults.ts';
import { Edge } from './edge.ts';
import { enrolmentSecret } from './enrolment.ts';
import { developmentSecrets } from './keys.ts';
import { type LocalPostgresKind, localPostgres } from './local-postgres.ts';
import { createLogger, type Logger, type Logs } from './logs.ts';
import { type Environment, MediaNode } from './media-node.ts';
import { migrate } from './migrate.ts';
import { NeonBridge } from './neon-bridge.ts';
import { OidcProvider } from './oidc.ts';
import { DATA_DIR } from './paths.ts';
import { ForeignPostgres, type Postgres } from './postgres.ts';
import { PostgresServer } from './postgres-server.ts';
import type { ManagedProcess } from './process.ts';
import { Turn } from './turn.ts';
import { waitUntilReady } from './wait.ts';
import { buildWeb } from './web.ts';

export type NodeEnvironment = Environment | ((index: number, region: Region) => Environment);

/** A media node that is a machine of its own, with an address and a name of its own. */
export type NodePlace = {
  readonly id: string;
  readonly region: Region;
  /** Of the loopback network: 127.0.0.0/8 needs no set-up. */
  readonly address: string;
  readonly env: (ports: NodePorts) => Environment;
};

export type StackOptions = {
  /** Where it keeps its data. Without one: .meridian with the usual ports, and with free ports a directory that goes with the stack. */
  readonly dataDir?: string;
  /** 'default' can be changed by environment variables (defaults.ts). 'free' is for tests. */
  readonly ports?: 'default' | 'free';
  /** One media node for each; a region may be named twice. */
  readonly regions?: readonly RegionId[];
  /** Instead of `regions`. */
  readonly nodes?: readonly NodePlace[];
  /** mediasoup workers of each node. */
  readonly workers?: number;
  readonly logs?: Logs;
  readonly edgeEnv?: Environment;
  /** How much the control plane stands back for the media nodes where all share one machine (nice(1)). */
  readonly edgeNiceness?: number;
  readonly nodeEnv?: NodeEnvironment;
  /** Also a provider to sign in with; without one nobody can. */
  readonly oidc?: boolean;
  /** Also a TURN server, which coturn has to be installed for. */
  readonly turn?: boolean;
  /** Which PostgreSQL it runs; the one from npm unless said otherwise. */
  readonly postgres?: LocalPostgresKind;
  /** Called with all ports before anything is started: for what is to stand between the components. */
  readonly prepare?: (ports: Allocation) => Promise<void>;
  /** Aborted: what has been started is stopped again, and startStack throws. */
  readonly signal?: AbortSignal;
  /** A component went without being asked to. */
  readonly onCrash?: (component: string, outcome: string) => void;
};

export interface Stack {
  /** What a browser opens. */
  readonly url: string;
  readonly databaseUrl: string;
  /** API key with which the fleet is looked at and steered. */
  readonly operatorKey: string;
  readonly dataDir: string;
  readonly ports: Allocation;
  readonly nodes: readonly MediaNode[];
  readonly postgres: Postgres;
  stopEdge(): Promise<void>;
  /** Without a chance to end in order: kill -9. */
  crashEdge(): Promise<void>;
  startEdge(): Promise<void>;
  /** Stops and starts every Worker and Durable Object, on the same port and with the same data: a deployment. */
  restartEdge(): Promise<void>;
  /** All objects of the control plane anew, without its doors being closed; frozen for so many milliseconds before. */
  replaceEdgeRuntime(frozenMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** The edge has to hear of a node that has started; it does so over the node's own link. */
const JOINABLE_TIMEOUT = 30_000;
/** What the edge answers at /readyz. */
const Readiness = z.object({ regions: z.number() });
const DEFAULT_WORKERS = 1;
/** Ctrl-C promises two seconds; what is left when the others are gone is the database's. */
const CLOSE_BUDGET = 1_800;
const MINIMAL_GRACE = 300;

/** Brings everything up; resolves when a meeting can be joined. If that fails, nothing is left running. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const stack = await RunningStack.prepare(options);
  options.signal?.addEventListener('abort', () => void stack.close(), { once: true });
  try {
    await stack.start();
    options.signal?.throwIfAborted();
  } catch (error) {
    await stack.close();
    throw error;
  }
  return stack;
}

class RunningStack implements Stack {
  readonly url: string;
  readonly operatorKey: string;
  readonly dataDir: string;
  readonly ports: Allocation;
  readonly postgres: Postgres;
  readonly nodes: readonly MediaNode[];
  readonly #edge: Edge;
  readonly #oidc: OidcProvider | null;
  readonly #turn: Turn | null;
  readonly #log: Logger;
  readonly #disposable: boolean;
  readonly #onCrash: StackOptions['onCrash'];
  readonly #prepare: StackOptions['prepare'];
  readonly #watched = new WeakSet<ManagedProcess>();
  #bridge: NeonBridge | undefined;
  #closing: Promise<void> | undefined;

  static async prepare(options: StackOptions): Promise<RunningStack> {
    const count = (options.nodes ?? options.regions ?? REGIONS).length;
    const workers = options.workers ?? DEFAULT_WORKERS;
    const shape = { nodes: count, workers, turn: options.turn === true, oidc: options.oidc === true };
    if (options.ports === 'free') return new RunningStack(options, await allocatePorts(shape));
    return new RunningStack(options, await requireAllocation(shape, process.env));
  }

  constructor(options: StackOptions, ports: Allocation) {
    this.ports = ports;
    this.#log = createLogger(options.logs ?? 'all');
    this.#onCrash = options.onCrash;
    this.#prepare = options.prepare;
    this.#disposable = options.dataDir === undefined && options.ports === 'free';
    this.dataDir = path.resolve(
      options.dataDir ?? (this.#disposable ? mkdtempSync(path.join(tmpdir(), 'meridian-stack-')) : DATA_DIR),
    );
    // PostgreSQL, as another user, passes through; the secrets have a mode of their own.
    if (this.#disposable) chmodSync(this.dataDir, 0o711);
    const secrets = developmentSecrets(this.dataDir);
    this.operatorKey = secrets.operatorKey;
    this.postgres =
      process.env.DATABASE_URL && !this.#disposable
        ? new ForeignPostgres(process.env.DATABASE_URL)
        : localPostgres(options.postgres ?? 'embedded', {
            dataDir: this.dataDir,
            port: ports.postgres,
            password: secrets.databasePassword,
            log: this.#log,
            disposable: this.#disposable,
          });
    const publicOrigin = options.edgeEnv?.PUBLIC_ORIGIN ?? `http://127.0.0.1:${ports.web}`;
    this.#oidc =
      ports.oidc === null
        ? null
        : new OidcProvider({ dataDir: this.dataDir, port: ports.oidc, publicOrigin, log: this.#log });
    this.#turn = ports.turn && new Turn(ports.turn, this.#log);
    this.#edge = new Edge({
      dataDir: this.dataDir,
      port: ports.web,
      inspectorPort: ports.inspector,
      env: {
        DATABASE_URL: this.postgres.url,
        NEON_LOCAL: `127.0.0.1:${ports.bridge}`,
        SIGNING_KEYS: JSON.stringify(secrets.signingKeys),
        OPERATOR_KEY: secrets.operatorKey,
        PUBLIC_ORIGIN: publicOrigin,
        ...this.#oidc?.edgeEnv,
        ...(this.#turn && { TURN_URLS: JSON.stringify(this.#turn.urls), TURN_SECRET: this.#turn.secret }),
        ...options.edgeEnv,
      },
      ...(options.edgeNiceness === undefined ? {} : { niceness: options.edgeNiceness }),
      log: this.#log,
    });
    this.url = this.#edge.url;
    this.nodes = placesOf(options).map(({ id, region, address, env }, index) => {
      const place = ports.nodes[index];
      if (!place) throw new Error(`no ports for node ${id}`);
      const { nodeEnv = {} } = options;
      return new MediaNode({
        id,
        region,
        ...(address !== undefined && { address }),
        controlUrl: this.#edge.url,
        keyFile: path.join(this.dataDir, 'nodes', `${id}.json`),
        enrolment: () =>
          enrolmentSecret(
            { url: this.#edge.url, operatorKey: secrets.operatorKey },
            { node_id: id, region: region.id },
          ),
        port: place.port,
        mediaPort: place.mediaPort,
        relayPorts: place.relayPorts,
        workers: options.workers ?? DEFAULT_WORKERS,
        env: { ...env?.(place), ...(typeof nodeEnv === 'function' ? nodeEnv(index, region) : nodeEnv) },
        log: this.#log,
      });
    });
  }

  get databaseUrl(): string {
    return this.postgres.url;
  }

  async start(): Promise<void> {
    await this.#prepare?.(this.ports);
    // The web app has to be there before the edge, which serves it, starts.
    await Promise.all([this.#startDatabase(), this.#startOidc(), this.#startTurn(), buildWeb(this.#log)]);
    await this.startEdge();
    await Promise.all(this.nodes.map((node) => this.#startNode(node)));
    // The edge is ready with the first node; the stack when a placement can choose between all regions.
    const regions = new Set(this.nodes.map((node) => node.region.id)).size;
    await waitUntilReady({
      url: `${this.url}/readyz`,
      what: 'a joinable meeting',
      timeout: JOINABLE_TIMEOUT,
      accept: (body) => Readiness.parse(JSON.parse(body)).regions >= regions,
      processes: [this.#edge.process, ...this.nodes.map((node) => node.process)].filter(
        (process) => process !== undefined,
      ),
    });
  }

  async stopEdge(): Promise<void> {
    await this.#edge.stop();
  }

  async crashEdge(): Promise<void> {
    await this.#edge.crash();
  }

  async startEdge(): Promise<void> {
    this.#throwIfClosing();
    await this.#edge.start();
    this.#watch(this.#edge.process);
  }

  async replaceEdgeRuntime(frozenMs?: number): Promise<void> {
    await this.#edge.replaceRuntime(frozenMs);
  }

  async restartEdge(): Promise<void> {
    await this.stopEdge();
    await this.startEdge();
  }

  /** All at once, because together they have two seconds; only the database waits for those who use it. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const deadline = performance.now() + CLOSE_BUDGET;
    await Promise.all([
      this.#edge.stop(),
      this.#oidc?.stop(),
      this.#turn?.stop(),
      ...this.nodes.map((node) => node.stop()),
    ]);
    await this.#bridge?.close();
    await this.postgres.stop(Math.max(deadline - performance.now(), MINIMAL_GRACE));
    if (!this.#disposable) return;
    if (this.postgres instanceof PostgresServer) this.postgres.removeData();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async #startDatabase(): Promise<void> {
    this.#throwIfClosing();
    await this.postgres.start();
    this.#watch(this.postgres.process);
    this.#log('postgres', `ready at 127.0.0.1:${this.ports.postgres}`);
    this.#throwIfClosing();
    this.#bridge = await NeonBridge.start({ databaseUrl: this.postgres.url, port: this.ports.bridge });
    await migrate(this.postgres.url);
    this.#log('postgres', 'migrated');
  }

  async #startOidc(): Promise<void> {
    this.#throwIfClosing();
    if (!this.#oidc) return;
    await this.#oidc.start();
    this.#watch(this.#oidc.process);
    this.#log('oidc', `ready at ${this.#oidc.issuer}`);
  }

  async #startTurn(): Promise<void> {
    this.#throwIfClosing();
    if (!this.#turn) return;
    await this.#turn.start();
    this.#watch(this.#turn.process);
    this.#log('turn', `ready at ${this.#turn.urls[0]}`);
  }

  async #startNode(node: MediaNode): Promise<void> {
    this.#throwIfClosing();
    await node.start();
    this.#watch(node.process);
    this.#log(node.id, `ready in ${node.region.city} at ${node.address}:${node.port}`);
  }

  /** What is started after everything was stopped would stay. */
  #throwIfClosing(): void {
    if (this.#closing) throw new Error('the stack is being stopped');
  }

  #watch(process: ManagedProcess | undefined): void {
    if (!process || this.#watched.has(process)) return;
    this.#watched.add(process);
    void process.exited.then((outcome) => {
      if (this.#closing || process.stopping) return;
      this.#log(process.name, `ended unexpectedly (${outcome})`);
      this.#onCrash?.(process.name, outcome);
    });
  }
}

function placesOf({
  nodes,
  regions,
}: StackOptions): (Pick<NodePlace, 'id' | 'region'> & Partial<NodePlace>)[] {
  return nodes ? [...nodes] : regionsOf(regions);
}

/** Names are region and number, so that a second node of a region can be told from the first. */
function regionsOf(ids: readonly RegionId[] = REGIONS.map((region) => region.id)) {
  const seen = new Map<RegionId, number>();
  return ids.map((id) => {
    const region: Region | undefined = REGIONS.find((one) => one.id === id);
    if (!region) throw new Error(`there is no region ${id}`);
    const number = (seen.get(id) ?? 0) + 1;
    seen.set(id, number);
    return { id: `${id}-${number}`, region };
  });
}
