import type { NodeState, NodeVerdict } from '@meridian/protocol';

/** What can speak for the death of a node. Each kind is seen by somebody else, so two together are no accident. */
export type EvidenceKind = 'heartbeats_missed' | 'client_media_loss' | 'relay_silence';
/** Kinds that are reported; missed heartbeats the cell sees itself. */
export type ReportedKind = Exclude<EvidenceKind, 'heartbeats_missed'>;
/** What somebody said, in epoch milliseconds, and whether they live where the node does. */
export type Report = { at: number; near: boolean };

/** Why a verdict is what it is, beside the evidence. */
export type VerdictReason =
  | EvidenceKind
  /** No socket: unknown, not lost. */
  | 'link_down'
  /** Has come back too often lately. */
  | 'unsteady'
  /** The cell has lost too many at once to trust its own eyes. */
  | 'cell_ill'
  | 'revoked';

/** Everything a cell knows of one node that bears on its verdict. Times in epoch milliseconds. */
export type Signs = {
  linked: boolean;
  /** Last heartbeat, or registration. */
  heard_at: number;
  /** What the node says of itself, and what operators want of it. */
  state: NodeState;
  drain_wanted: boolean;
  revoked: boolean;
  /** By its figures; see `fullness.ts`. */
  full: boolean;
  /** Of each kind, what each reporter said last. */
  reports: Readonly<Record<ReportedKind, readonly Report[]>>;
  /** How many it has. */
  meetings: number;
  /** When it came back after silences, oldest first. */
  returns: readonly number[];
  before: Judgement;
};

export type Judgement = {
  verdict: NodeVerdict;
  /** Epoch milliseconds. */
  since: number;
  reasons: readonly VerdictReason[];
};

export type CellSigns = {
  started_at: number;
  ill: boolean;
};

export type VerdictConfig = {
  /** Milliseconds, all of them; the reasons are in config.ts. */
  silentAfterMs: number;
  bootGraceMs: number;
  reportLifeMs: number;
  lossShare: number;
  aloneAtLeast: number;
  togetherMs: number;
  illFraction: number;
  illAtLeast: number;
  flapWindowMs: number;
  flapFree: number;
  steadyMs: number;
  steadyMaxMs: number;
};

/**
 * The verdict on one node. It is lost on two independent kinds of evidence at once, and stays lost until it is heard
 * again; on less it is at most suspect, which costs it newcomers and nobody anything else. A single client or neighbour
 * that complains of a node whose heartbeats come may have lost its own path: that is noted, and nothing else. An ill
 * cell declares nobody lost.
 */
export function judge(signs: Signs, cell: CellSigns, now: number, config: VerdictConfig): Judgement {
  const evidence = evidenceAgainst(signs, cell, now, config);
  const judged = (verdict: NodeVerdict, ...reasons: VerdictReason[]): Judgement => ({
    verdict,
    since: signs.before.verdict === verdict ? signs.before.since : now,
    reasons,
  });
  if (signs.revoked) return judged('lost', 'revoked');
  const declared = signs.before.verdict === 'lost' && signs.heard_at <= signs.before.since;
  if (declared) return { ...signs.before, reasons: merged(signs.before.reasons, evidence) };
  if (areIndependent(evidence, signs, now, config) && !cell.ill) return judged('lost', ...evidence);
  if (signs.drain_wanted || signs.state === 'draining') return judged('draining', ...evidence);
  const reasons: VerdictReason[] = [...evidence];
  if (!signs.linked) reasons.push('link_down');
  if (isUnsteady(signs.returns, now, config)) reasons.push('unsteady');
  if (reasons.some((reason) => weighsAlone(reason, signs, now, config)) || evidence.length >= 2) {
    return judged('suspect', ...reasons, ...(cell.ill ? (['cell_ill'] as const) : []));
  }
  return judged(signs.full || signs.state === 'full' ? 'full' : 'up', ...reasons);
}

/** Silent for longer than heartbeats can be late. Not while the cell itself has just started: they went elsewhere. */
export function isSilent(
  { heard_at }: Pick<Signs, 'heard_at'>,
  { started_at }: Pick<CellSigns, 'started_at'>,
  now: number,
  config: Pick<VerdictConfig, 'silentAfterMs' | 'bootGraceMs'>,
): boolean {
  return now - heard_at > config.silentAfterMs && now - started_at > config.bootGraceMs;
}

/**
 * Whether the cell itself is ill: more than a fifth of its nodes have fallen silent or off at about the same time.
 * `fallen` are the times at which those that are away now were last heard or hung up, those that wanted to go left out.
 */
export function isIll(fallen: readonly number[], nodes: number, now: number, config: VerdictConfig): boolean {
  const together = fallen.filter((at) => now - at <= config.togetherMs).length;
  return together >= config.illAtLeast && together > config.illFraction * nodes;
}

/**
 * Whether a node that is back must first prove itself. The first return is free; after each further one within the
 * window it has to be steady for twice as long.
 */
export function isUnsteady(returns: readonly number[], now: number, config: VerdictConfig): boolean {
  const recent = returns.filter((at) => now - at <= config.flapWindowMs);
  const last = recent.at(-1);
  const beyond = recent.length - config.flapFree;
  if (last === undefined || beyond <= 0) return false;
  return now - last < Math.min(config.steadyMaxMs, config.steadyMs * 2 ** (beyond - 1));
}

function evidenceAgainst(signs: Signs, cell: CellSigns, now: number, config: VerdictConfig): EvidenceKind[] {
  const evidence: EvidenceKind[] = [];
  if (isSilent(signs, cell, now, config)) evidence.push('heartbeats_missed');
  // On a busy node there is always somebody whose own network fails; each meeting reports by itself.
  const clients = Math.max(1, Math.ceil(config.lossShare * signs.meetings));
  if (recent('client_media_loss', signs, now, config).length >= clients) evidence.push('client_media_loss');
  if (recent('relay_silence', signs, now, config).length >= 1) evidence.push('relay_silence');
  return evidence;
}

/**
 * Whether two kinds have no common cause but the node's own death. A cut way between two regions takes the media of
 * clients on its far side and the pulse of the neighbours there alike, while heartbeats come: that is one fault, and
 * those it hits move by themselves. So while a node is heard, both kinds must be seen from where it stands.
 */
function areIndependent(
  evidence: readonly EvidenceKind[],
  signs: Signs,
  now: number,
  config: VerdictConfig,
): boolean {
  if (evidence.length < 2) return false;
  if (evidence.includes('heartbeats_missed')) return true;
  const isSeenNearby = (kind: ReportedKind) => recent(kind, signs, now, config).some(({ near }) => near);
  return isSeenNearby('client_media_loss') && isSeenNearby('relay_silence');
}

function recent(kind: ReportedKind, { reports }: Signs, now: number, config: VerdictConfig): Report[] {
  return reports[kind].filter(({ at }) => now - at <= config.reportLifeMs);
}

function weighsAlone(reason: VerdictReason, signs: Signs, now: number, config: VerdictConfig): boolean {
  if (reason !== 'client_media_loss' && reason !== 'relay_silence') return true;
  return recent(reason, signs, now, config).length >= config.aloneAtLeast;
}

function merged(before: readonly VerdictReason[], evidence: readonly EvidenceKind[]): VerdictReason[] {
  return [...new Set([...before, ...evidence])];
}
