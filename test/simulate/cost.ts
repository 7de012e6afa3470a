import { CONFIG } from '../../apps/edge-control/src/config.ts';

/** What the control plane is asked for on one day. */
export type Usage = {
  participants: number;
  meetings: number;
  /** Nodes of meetings, each meeting's own. */
  meetingNodes: number;
  nodes: number;
  cells: number;
};

/**
 * Public prices of the platform in US dollars, beyond what the monthly fee includes, as on its pricing pages in 2026:
 * Workers, Durable Objects (SQLite), Queues, KV.
 */
export const PRICES = {
  workerRequests: 0.3 / 1e6,
  workerCpuMs: 0.02 / 1e6,
  objectRequests: 0.15 / 1e6,
  /** WebSocket messages that come in are counted as one request for so many. */
  messagesPerRequest: 20,
  objectGbSeconds: 12.5 / 1e6,
  rowsRead: 0.001 / 1e6,
  rowsWritten: 1 / 1e6,
  storedGbMonth: 0.2,
  queueOperations: 0.4 / 1e6,
  kvReads: 0.5 / 1e6,
  kvWrites: 5 / 1e6,
} as const;

/** What one of each takes. Counted in the code where it is fixed, estimated where it depends on people. */
export const UNITS = {
  /** Page data, join, signaling socket, and now and then something else over REST. */
  workerRequestsPerParticipant: 4,
  /** Creating it, and ending it. */
  workerRequestsPerMeeting: 2,
  /** The room link of each node. */
  workerRequestsPerMeetingNode: 1,
  workerCpuMsPerRequest: 3,
  /** Reservation, its release, join, socket, the leave or the alarm after it. */
  objectRequestsPerParticipant: 5,
  /** Alarms, confirmations of the outbox, deletion. */
  objectRequestsPerMeeting: 8,
  /** Signaling of one stay: join, mute and unmute, chat, a ping a minute is answered without waking the room. */
  messagesPerParticipant: 30,
  /** Room link: what was applied, who came and went. */
  messagesPerMeetingNode: 20,
  /** A room is awake for so long with each request or twenty messages. Seconds. */
  awakeSecondsPerRequest: 0.05,
  objectGb: 0.125,
  /**
   * Counted in a room of five: 11 rows for a join, 5 for leaving, 3 for each change of microphone or camera, 1 for a
   * chat message, and each outbox row once more when it is confirmed; with six changes, one message, and about a
   * quarter on top for indexes.
   */
  rowsWrittenPerParticipant: 50,
  /** Session, nodes, topology, timers, its end. */
  rowsWrittenPerMeeting: 40,
  rowsReadPerParticipant: 200,
  /** Outbox batches per participant; each is written, read and deleted. */
  queueMessagesPerParticipant: 1,
  operationsPerQueueMessage: 3,
  kvReadsPerParticipant: 1,
  kvWritesPerMeeting: 2,
  /** Of the database of a room, which is kept for two hours after it has ended; and hours in all. */
  bytesPerParticipant: 2_000,
  bytesPerMeeting: 74_000,
  hoursStored: 3,
} as const;

export type CostLine = { what: string; amount: number; unit: string; dollars: number };

const SECONDS_PER_DAY = 86_400;
const HOURS_PER_MONTH = 730;

/** The bill of one day, line by line. */
export function costOfDay({ participants, meetings, meetingNodes, nodes, cells }: Usage): CostLine[] {
  const requests =
    participants * UNITS.workerRequestsPerParticipant +
    meetings * UNITS.workerRequestsPerMeeting +
    meetingNodes * UNITS.workerRequestsPerMeetingNode;
  const heartbeats = nodes * (SECONDS_PER_DAY / (CONFIG.cell.heartbeatMs / 1_000));
  const messages = participants * UNITS.messagesPerParticipant + meetingNodes * UNITS.messagesPerMeetingNode;
  const roomRequests =
    participants * UNITS.objectRequestsPerParticipant +
    meetings * UNITS.objectRequestsPerMeeting +
    messages / PRICES.messagesPerRequest;
  const fleetRequests =
    heartbeats / PRICES.messagesPerRequest + cells * (SECONDS_PER_DAY / (CONFIG.cell.reportEveryMs / 1_000));
  const line = (what: string, amount: number, unit: string, price: number): CostLine => ({
    what,
    amount,
    unit,
    dollars: amount * price,
  });
  return [
    line('Workers: requests', requests, 'requests', PRICES.workerRequests),
    line('Workers: CPU', requests * UNITS.workerCpuMsPerRequest, 'ms', PRICES.workerCpuMs),
    line('Rooms: requests', roomRequests, 'requests', PRICES.objectRequests),
    line(
      'Rooms: duration',
      roomRequests * UNITS.awakeSecondsPerRequest * UNITS.objectGb,
      'GB-s',
      PRICES.objectGbSeconds,
    ),
    line(
      'Rooms: rows written',
      participants * UNITS.rowsWrittenPerParticipant + meetings * UNITS.rowsWrittenPerMeeting,
      'rows',
      PRICES.rowsWritten,
    ),
    line('Rooms: rows read', participants * UNITS.rowsReadPerParticipant, 'rows', PRICES.rowsRead),
    line(
      'Rooms: storage',
      ((participants * UNITS.bytesPerParticipant + meetings * UNITS.bytesPerMeeting) / 1e9) *
        (UNITS.hoursStored / HOURS_PER_MONTH),
      'GB-months',
      PRICES.storedGbMonth,
    ),
    line('Cells and directory: requests', fleetRequests, 'requests', PRICES.objectRequests),
    line(
      'Cells and directory: duration',
      (cells + 1) * SECONDS_PER_DAY * UNITS.objectGb,
      'GB-s',
      PRICES.objectGbSeconds,
    ),
    line(
      'Queues',
      participants * UNITS.queueMessagesPerParticipant * UNITS.operationsPerQueueMessage,
      'operations',
      PRICES.queueOperations,
    ),
    line('KV: reads', participants * UNITS.kvReadsPerParticipant, 'reads', PRICES.kvReads),
    line('KV: writes', meetings * UNITS.kvWritesPerMeeting, 'writes', PRICES.kvWrites),
  ];
}
