import type { NodeDescription, NodeLoad, NodeWish } from '@meridian/protocol';
import { CONFIG } from '../config.ts';
import { log } from '../log.ts';
import type { EvidenceReport } from './contract.ts';
import { nextPressure } from './fullness.ts';
import { type KnownNode, noReports, signsOf } from './known-node.ts';
import type { NodeStore } from './node-store.ts';
import { type CellSigns, isIll, isSilent, type Judgement, judge } from './verdict.ts';

/** Where they are kept over restarts of the cell. */
export type NodeRecords = Pick<NodeStore, 'all' | 'put' | 'remove'>;

/** All nodes of a cell, those that are away too, with what there is to judge them by. */
export class KnownNodes {
  readonly #store: NodeRecords;
  readonly #startedAt: number;
  /** Places promised on a node, in participants. */
  readonly #promised: (nodeId: string) => number;
  readonly #nodes = new Map<string, KnownNode>();
  /** When the cell was last seen to be ill. */
  #lastIll = Number.NEGATIVE_INFINITY;

  constructor(store: NodeRecords, startedAt: number, promised: (nodeId: string) => number) {
    this.#store = store;
    this.#startedAt = startedAt;
    this.#promised = promised;
    for (const { description, wish, gone_at, revoked } of store.all()) {
      const heard_at = gone_at ?? startedAt;
      const away = { socket: null, load: null, heard_at, fell_at: heard_at };
      this.#nodes.set(description.node_id, { ...fresh(description, heard_at), ...away, wish, revoked });
    }
  }

  get(nodeId: string): KnownNode | undefined {
    return this.#nodes.get(nodeId);
  }

  all(): KnownNode[] {
    return [...this.#nodes.values()];
  }

  get linked(): number {
    return this.all().filter(({ socket }) => socket !== null).length;
  }

  /** A node has registered. Answers its former socket, if it had another. */
  register(
    description: NodeDescription,
    load: NodeLoad,
    socket: WebSocket,
    heard_at: number,
    now: number,
  ): WebSocket | null {
    const known = this.#nodes.get(description.node_id);
    const node = known ?? fresh(description, now);
    // What was seen of a former life says nothing about this one.
    if (known && known.description.boot_id !== description.boot_id) node.reports = noReports();
    const former = node.socket;
    if (known) this.#noteReturn(node, now);
    Object.assign(node, { description, socket, revoked: false } satisfies Partial<KnownNode>);
    this.#nodes.set(description.node_id, node);
    this.#takeLoad(node, load, heard_at);
    this.#keep(node);
    this.judge(node, now);
    return former === socket ? null : former;
  }

  heard(node: KnownNode, load: NodeLoad, now: number): void {
    this.#noteReturn(node, now);
    this.#takeLoad(node, load, now);
    this.judge(node, now);
  }

  /** Its socket is gone. Unless it wanted to go, that says nothing but that it cannot be told anything. */
  hungUp(node: KnownNode, now: number): void {
    node.socket = null;
    node.fell_at ??= now;
    this.#keep(node);
    this.judge(node, now);
  }

  report(
    node: KnownNode,
    { kind, reporter, near, at }: Omit<EvidenceReport, 'node_id'>,
    now: number,
  ): Judgement {
    const reports = node.reports[kind];
    reports.delete(reporter);
    reports.set(reporter, { at: Math.min(at, now), near });
    const [oldest] = reports.keys();
    if (reports.size > CONFIG.cell.maxReporters && oldest !== undefined) reports.delete(oldest);
    return this.judge(node, now);
  }

  direct(node: KnownNode, wish: NodeWish, now: number): void {
    node.wish = wish;
    this.#keep(node);
    this.judge(node, now);
  }

  revoke(node: KnownNode, now: number): void {
    Object.assign(node, { revoked: true, socket: null } satisfies Partial<KnownNode>);
    this.#keep(node);
    this.judge(node, now);
  }

  /** What is thought of it now. */
  judge(node: KnownNode, now: number): Judgement {
    const { node_id, region } = node.description;
    const { before, ...signs } = signsOf(node, this.#promised(node_id));
    const judged = judge({ ...signs, before }, this.#cell(now), now, CONFIG.cell);
    if (judged.verdict !== before.verdict) {
      const level = judged.verdict === 'lost' ? 'warn' : 'info';
      log(level, 'verdict on a node', {
        node_id,
        region,
        verdict: judged.verdict,
        before: before.verdict,
        reasons: judged.reasons,
      });
    }
    node.judged = judged;
    return judged;
  }

  /** Whether somebody has reported something that a later look may turn into a verdict. */
  hasOpenReports(now: number): boolean {
    return this.all().some(({ reports }) =>
      Object.values(reports).some((of) =>
        [...of.values()].some(({ at }) => now - at <= CONFIG.cell.reportLifeMs),
      ),
    );
  }

  /** Those that have been away for long, and the longest away when there are too many. */
  forget(now: number): void {
    const away = this.all()
      .filter(({ socket }) => socket === null)
      .toSorted((a, b) => a.heard_at - b.heard_at);
    const tooMany = Math.max(0, this.#nodes.size - CONFIG.cell.maxKnown);
    for (const [i, { description, heard_at }] of away.entries()) {
      if (i >= tooMany && now - heard_at <= CONFIG.cell.forgetAfterMs) continue;
      this.#nodes.delete(description.node_id);
      this.#store.remove(description.node_id);
    }
  }

  #takeLoad(node: KnownNode, load: NodeLoad, heard_at: number): void {
    node.load = load;
    node.heard_at = heard_at;
    node.pressure = nextPressure(node.pressure, node.description, load, CONFIG.cell);
  }

  /** Counts it when the node has been away or silent and it was its own doing: nobody wanted it, the cell was well. */
  #noteReturn(node: KnownNode, now: number): void {
    const fell = this.#fellAt(node, now);
    const ill =
      fell !== null && (this.#isIll(now) || Math.abs(this.#lastIll - fell) <= CONFIG.cell.togetherMs);
    node.fell_at = null;
    if (fell === null || ill || now - this.#startedAt <= CONFIG.cell.bootGraceMs) return;
    node.returns = [...node.returns, now]
      .filter((at) => now - at <= CONFIG.cell.flapWindowMs)
      .slice(-CONFIG.cell.maxReturns);
  }

  /** When it hung up or fell silent; null while it is there, and for one that said it would go. */
  #fellAt(node: KnownNode, now: number): number | null {
    if (node.load?.state === 'draining') return null;
    return node.fell_at ?? (this.#isSilent(node, now) ? node.heard_at : null);
  }

  #isSilent(node: KnownNode, now: number): boolean {
    return isSilent(node, { started_at: this.#startedAt }, now, CONFIG.cell);
  }

  /** Whether the cell is ill is only found out when somebody asks: it takes a look at every node. */
  #cell(now: number): CellSigns {
    const isIllNow = () => this.#isIll(now);
    return {
      started_at: this.#startedAt,
      get ill() {
        return isIllNow();
      },
    };
  }

  #isIll(now: number): boolean {
    const fallen: number[] = [];
    let present = 0;
    for (const node of this.#nodes.values()) {
      if (node.revoked) continue;
      const at = this.#fellAt(node, now);
      const lately = at !== null && now - at <= CONFIG.cell.togetherMs;
      if (lately) fallen.push(at);
      if (lately || node.socket !== null) present += 1;
    }
    const ill = isIll(fallen, present, now, CONFIG.cell);
    if (ill) this.#lastIll = now;
    return ill;
  }

  #keep(node: KnownNode): void {
    const { description, wish, revoked, socket, fell_at, heard_at } = node;
    this.#store.put({ description, wish, gone_at: socket ? null : (fell_at ?? heard_at), revoked });
  }
}

function fresh(description: NodeDescription, now: number): KnownNode {
  return {
    description,
    socket: null,
    load: null,
    heard_at: now,
    fell_at: null,
    wish: 'serve',
    revoked: false,
    pressure: null,
    reports: noReports(),
    returns: [],
    judged: { verdict: 'suspect', since: now, reasons: ['link_down'] },
  };
}
