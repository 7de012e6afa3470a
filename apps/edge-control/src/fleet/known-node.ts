import { NodeDescription, NodeLoad, type NodeWish, Timestamp } from '@meridian/protocol';
import { z } from 'zod';
import { CONFIG } from '../config.ts';
import { type Candidate, PLACEMENT } from '../placement/index.ts';
import { isFull, type Pressure } from './fullness.ts';
import type { Judgement, Report, ReportedKind, Signs, VerdictReason } from './verdict.ts';

/** The attachment of a link's socket, which outlives the hibernation of the cell. `node` is null until it has registered. */
export const LinkAttachment = z.object({
  accepted_at: Timestamp,
  node: z.object({ description: NodeDescription, load: NodeLoad, heard_at: Timestamp }).nullable(),
});
export type LinkAttachment = z.infer<typeof LinkAttachment>;

/** A node of the cell, also one that is away. Times in epoch milliseconds. */
export type KnownNode = {
  description: NodeDescription;
  /** Null when it is away. */
  socket: WebSocket | null;
  /** Null when it has said nothing since the cell started. */
  load: NodeLoad | null;
  heard_at: number;
  /** When it hung up or fell silent without wanting to go; null while it is there. */
  fell_at: number | null;
  wish: NodeWish;
  revoked: boolean;
  pressure: Pressure | null;
  /** Who reported what of it, and when last. */
  reports: Record<ReportedKind, Map<string, Report>>;
  returns: number[];
  judged: Judgement;
};

export function noReports(): KnownNode['reports'] {
  return { client_media_loss: new Map(), relay_silence: new Map() };
}

/** Places on it that are taken, in participants: those there, and a part for each who only might come. */
export function taken({ load }: KnownNode): number {
  if (load === null) return 0;
  return load.participants + load.standbys * CONFIG.cell.standbyWeight;
}

export function signsOf(node: KnownNode, promised: number): Signs {
  const { description, pressure, load } = node;
  return {
    linked: node.socket !== null,
    heard_at: node.heard_at,
    state: load?.state ?? 'up',
    drain_wanted: node.wish === 'drain',
    revoked: node.revoked,
    full: pressure !== null && isFull(description, taken(node) + promised, pressure),
    reports: {
      client_media_loss: [...node.reports.client_media_loss.values()],
      relay_silence: [...node.reports.relay_silence.values()],
    },
    meetings: load?.meetings ?? 0,
    returns: node.returns,
    before: node.judged,
  };
}

/**
 * It is linked and its heartbeats come; others have doubts, or it came back too often: better than no node at all. A
 * neighbour's silence may be of the neighbour, and where few nodes are left their doubts must not leave none.
 */
export function isMerelyDoubted({ judged }: KnownNode): boolean {
  return judged.verdict === 'suspect' && judged.reasons.every((reason) => DOUBTS.has(reason));
}

const DOUBTS: ReadonlySet<VerdictReason> = new Set(['unsteady', 'client_media_loss', 'relay_silence']);

/** A node as placement sees it. `promised` are places, `hosts`: it has been given the meeting. */
export function candidateOf(node: KnownNode, promised: number, hosts: boolean): Candidate {
  const { description, pressure, judged } = node;
  const { node_id, region, location, capacity, caps_version, failure_domain } = description;
  return {
    id: node_id,
    region,
    location,
    rtt_ms: null,
    capacity,
    participants: taken(node),
    reserved: promised,
    busy: Math.max(pressure?.cpu ?? 0, pressure?.bandwidth ?? 0),
    health: judged.verdict,
    caps_version,
    failure_domain,
    // How many of its participants are of the meeting only the room knows. The last places are for all meetings.
    attached: hosts && taken(node) + promised < capacity * PLACEMENT.meeting.share ? 1 : null,
  };
}
