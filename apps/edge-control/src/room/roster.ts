import type { Failover, Location, Participant, Role, ScreenShare, Source } from '@meridian/protocol';
import type { RoundTrips } from '../placement/index.ts';
import type { Avoided } from './avoidance.ts';
import type { Caller } from './contract.ts';
import type { Database } from './database.ts';
import type { Bucket } from './token-bucket.ts';

/** Somebody who has a place in the session. */
export type Member = {
  participant_id: string;
  session_id: string;
  user_id: string | null;
  display_name: string;
  role: Role;
  /** `admitted`: has a ticket, and nobody sees them yet. `joined`: in the roster. */
  stage: 'admitted' | 'joined';
  joined_at: number;
  connection: Participant['connection'];
  audio: boolean;
  video: boolean;
  audio_only: boolean;
  /** What those who came by the door had on there: they are let in without another word from their client. */
  entry: { audio: boolean; video: boolean } | null;
  hand_raised_at: number | null;
  /** Silenced by a host, or by `mute_on_entry`, until they switch on again themselves. */
  hard_muted: Source[];
  /** A host asked them to switch the microphone on, although participants may not by themselves. */
  may_unmute: boolean;
  /** Generation of their media tokens. */
  gen: number;
  node_id: string;
  region: string;
  /** The node their media is being moved away from, until it has turned up at `node_id`. */
  moving_from: string | null;
  /** Where their media goes when that node is lost; null while there is none. */
  standby_node_id: string | null;
  /** How much is to be prepared at the standby; `cold`: they are to have none. */
  failover: Failover;
  /** Nodes they could not reach lately. */
  avoid: Avoided[];
  location: Location | null;
  /** Empty where nothing was measured. */
  round_trips: RoundTrips;
  /** What is left of their tries at the host key; null before the first. */
  host_key_tries: Bucket | null;
  /** Hash of the session secret the client has proven to have. */
  secret_hash: string | null;
  /** Hash of the one sent last. Both are good until it is used: the answer that carried it may be lost. */
  next_secret_hash: string | null;
  /** The events up to this one were in the state they joined with. */
  since_seq: number;
};

/** Participants of this meeting. */
export type NodeLoad = { readonly attached: number; readonly standbys: number };
export const NO_LOAD: NodeLoad = { attached: 0, standbys: 0 };

/** Everybody with a place, held in memory and written through. */
export class Roster {
  readonly #db: Database;
  readonly #members = new Map<string, Member>();

  constructor(db: Database) {
    this.#db = db;
    for (const { body } of db.all<{ body: string }>('select body from participants')) {
      const member: Member = JSON.parse(body);
      this.#members.set(member.participant_id, member);
    }
  }

  get size(): number {
    return this.#members.size;
  }

  get(participantId: string): Member | undefined {
    return this.#members.get(participantId);
  }

  /** The member, when this is their session. */
  find(caller: Caller): Member | undefined {
    const member = this.#members.get(caller.participant_id);
    return member?.session_id === caller.session_id ? member : undefined;
  }

  /** A member whom others see. */
  joined(participantId: string): Member | undefined {
    const member = this.#members.get(participantId);
    return member?.stage === 'joined' ? member : undefined;
  }

  all(): Member[] {
    return [...this.#members.values()];
  }

  allJoined(): Member[] {
    return this.all().filter((member) => member.stage === 'joined');
  }

  /** Hosts and co-hosts: who hears of the door. */
  moderators(): Member[] {
    return this.allJoined().filter(({ role }) => role !== 'participant');
  }

  hosts(): Member[] {
    return this.allJoined().filter(({ role }) => role === 'host');
  }

  /** How many the node matters to: by their media, or as their standby. */
  dependOn(nodeId: string): number {
    const { attached, standbys } = this.loads().get(nodeId) ?? NO_LOAD;
    return attached + standbys;
  }

  /** By node, those whose media is there or is being moved from there, and those who would come. */
  loads(): Map<string, NodeLoad> {
    const loads = new Map<string, { attached: number; standbys: number }>();
    const count = (nodeId: string | null, kind: keyof NodeLoad) => {
      if (nodeId === null) return;
      const load = loads.get(nodeId) ?? { ...NO_LOAD };
      load[kind] += 1;
      loads.set(nodeId, load);
    };
    for (const { node_id, moving_from, standby_node_id } of this.#members.values()) {
      count(node_id, 'attached');
      count(moving_from, 'attached');
      count(standby_node_id, 'standbys');
    }
    return loads;
  }

  put(member: Member): void {
    this.#members.set(member.participant_id, member);
    this.#db.run(
      'insert or replace into participants (participant_id, body) values (?, ?)',
      member.participant_id,
      JSON.stringify(member),
    );
  }

  /** Changes the member as it is by now. */
  update(member: Member, change: Partial<Member>): Member {
    const next = { ...(this.#members.get(member.participant_id) ?? member), ...change };
    this.put(next);
    return next;
  }

  remove(participantId: string): void {
    if (!this.#members.delete(participantId)) return;
    this.#db.run('delete from participants where participant_id = ?', participantId);
  }

  clear(): void {
    this.#members.clear();
    this.#db.run('delete from participants');
  }
}

/** What the others see of a member. */
export function participantView(member: Member, screenShare: ScreenShare | null): Participant {
  return {
    participant_id: member.participant_id,
    display_name: member.display_name,
    role: member.role,
    joined_at: member.joined_at,
    connection: member.connection,
    media: mediaState(member, screenShare),
    guest: member.user_id === null,
    hand_raised_at: member.hand_raised_at,
  };
}

export function mediaState(member: Member, screenShare: ScreenShare | null): Participant['media'] {
  return {
    audio: member.audio,
    video: member.video,
    screen: screenShare?.participant_id === member.participant_id,
  };
}
