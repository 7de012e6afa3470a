import { type ChatMessage, LIMITS } from '@meridian/protocol';
import { ROOM } from './config.ts';
import type { Database } from './database.ts';

/** The latest chat of the session: the backlog for joiners, and what makes a resend harmless. */
export class ChatStore {
  readonly #db: Database;
  #sinceTrim = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  add(seq: number, message: ChatMessage, clientId: string): void {
    this.#db.run(
      'insert into chat (seq, sender_id, recipient_id, client_id, body) values (?, ?, ?, ?, ?)',
      seq,
      message.sender_id,
      message.recipient_id ?? null,
      clientId,
      JSON.stringify(message),
    );
    this.#sinceTrim += 1;
    if (this.#sinceTrim < ROOM.chat.trimEvery) return;
    this.#sinceTrim = 0;
    this.#db.run(
      'delete from chat where seq < (select seq from chat order by seq desc limit 1 offset ?)',
      ROOM.chat.maxKept - 1,
    );
  }

  /** What this sender sent under this client id before, if they did. */
  sent(senderId: string, clientId: string): { seq: number; message: ChatMessage } | undefined {
    const row = this.#db.first<{ seq: number; body: string }>(
      'select seq, body from chat where sender_id = ? and client_id = ?',
      senderId,
      clientId,
    );
    return row && { seq: row.seq, message: JSON.parse(row.body) };
  }

  /** The latest messages this participant may see, oldest first. Without one: those to everybody. */
  backlog(participantId: string | null): ChatMessage[] {
    return this.#db
      .all<{ body: string }>(
        `select body from chat where recipient_id is null or recipient_id = ? or sender_id = ?
         order by seq desc limit ?`,
        participantId,
        participantId,
        LIMITS.chatBacklog,
      )
      .map((row): ChatMessage => JSON.parse(row.body))
      .reverse();
  }

  clear(): void {
    this.#db.run('delete from chat');
  }
}
