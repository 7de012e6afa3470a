import { DEFAULT_PORTS, PORTS_PER_NODE, portsFromEnvironment, TURN_RELAY_PORTS } from './defaults.ts';
import { freePorts, requireFreePorts, type WantedPort } from './ports.ts';
import type { TurnPorts } from './turn.ts';

export type NodePorts = {
  readonly port: number;
  readonly mediaPort: number;
  readonly relayPorts: { readonly first: number; readonly last: number };
};

/** Every port of one stack. */
export type Allocation = {
  readonly web: number;
  readonly inspector: number;
  readonly postgres: number;
  readonly bridge: number;
  readonly nodes: readonly NodePorts[];
  /** Null for a stack without a provider to sign in with. */
  readonly oidc: number | null;
  /** Null for a stack without a TURN server. */
  readonly turn: TurnPorts | null;
};

export type Shape = {
  readonly nodes: number;
  readonly workers: number;
  readonly turn: boolean;
  readonly oidc: boolean;
};

const TEST_RELAY_PORTS = 40;

/** Ports that are free now, for a stack beside others. */
export async function allocatePorts({ nodes, workers, turn, oidc }: Shape): Promise<Allocation> {
  const first = await freePorts(4);
  const places: NodePorts[] = [];
  for (let i = 0; i < nodes; i++) {
    const start = await freePorts(1 + workers + TEST_RELAY_PORTS);
    const relay = start + 1 + workers;
    places.push({
      port: start,
      mediaPort: start + 1,
      relayPorts: { first: relay, last: relay + TEST_RELAY_PORTS - 1 },
    });
  }
  return {
    web: first,
    inspector: first + 1,
    postgres: first + 2,
    bridge: first + 3,
    nodes: places,
    oidc: oidc ? await freePorts(1) : null,
    turn: turn ? await freeTurnPorts() : null,
  };
}

async function freeTurnPorts(): Promise<TurnPorts> {
  const port = await freePorts(1 + TEST_RELAY_PORTS);
  return { port, relayPorts: { first: port + 1, last: port + TEST_RELAY_PORTS } };
}

/** The usual ports, or those the environment names; throws with a clear message when one is taken. */
export async function requireAllocation(
  { nodes, workers, turn, oidc }: Shape,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Allocation> {
  const {
    node,
    media,
    relay,
    turn: turnPort,
    turnRelay,
    oidc: oidcPort,
    ...single
  } = portsFromEnvironment(env);
  const places = Array.from({ length: nodes }, (_, i) => ({
    port: node + i,
    mediaPort: media + i * PORTS_PER_NODE.media,
    relayPorts: {
      first: relay + i * PORTS_PER_NODE.relay,
      last: relay + (i + 1) * PORTS_PER_NODE.relay - 1,
    },
  }));
  // The relay ranges are not looked at: mediasoup and coturn themselves pass over ports that are taken.
  const wanted: WantedPort[] = [
    { ...DEFAULT_PORTS.web, port: single.web },
    { ...DEFAULT_PORTS.inspector, port: single.inspector },
    ...(env.DATABASE_URL ? [] : [{ ...DEFAULT_PORTS.postgres, port: single.postgres }]),
    { ...DEFAULT_PORTS.bridge, port: single.bridge },
    ...(oidc ? [{ ...DEFAULT_PORTS.oidc, port: oidcPort }] : []),
    ...places.map((place) => ({ ...DEFAULT_PORTS.node, port: place.port })),
    ...places.flatMap((place) =>
      Array.from({ length: workers }, (_, worker) => ({
        ...DEFAULT_PORTS.media,
        port: place.mediaPort + worker,
        protocols: ['udp', 'tcp'] as const,
      })),
    ),
    ...(turn ? [{ ...DEFAULT_PORTS.turn, port: turnPort, protocols: ['udp', 'tcp'] as const }] : []),
  ];
  await requireFreePorts(wanted);
  const relayPorts = { first: turnRelay, last: turnRelay + TURN_RELAY_PORTS - 1 };
  return {
    ...single,
    nodes: places,
    oidc: oidc ? oidcPort : null,
    turn: turn ? { port: turnPort, relayPorts } : null,
  };
}
