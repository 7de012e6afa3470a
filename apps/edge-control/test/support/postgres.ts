import { meetings } from '@meridian/db/schema';
import { getTableColumns } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { vi } from 'vitest';
import { z } from 'zod';
import type { StoredMeeting } from '../../src/storage/stored-meeting.ts';

/** Rows by column; what is missing is NULL. */
export type Row = { table: PgTable; values: Record<string, unknown> };
type Answer = { rows: readonly (readonly Row[])[] };

/** What a statement over the tables is answered with, in the order of its columns. Undefined: no such row. */
export type Answers = (statement: string, params: readonly unknown[]) => Answer | undefined;

const Statement = z.object({ query: z.string(), params: z.array(z.unknown()).default([]) });
const Body = z.union([z.object({ queries: z.array(Statement) }), Statement]);

/**
 * Stands where Postgres is, as Neon's HTTP interface: for tests of who may ask for what. Tests of what is stored
 * use a real one. Until `restoreAllMocks`.
 */
export function pretendPostgres(answers: Answers): void {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const body = Body.parse(await new Request(input, init).json());
    const answer = ({ query, params }: z.infer<typeof Statement>) => {
      const rows = answers(query, params)?.rows ?? [];
      const [first = []] = rows;
      return {
        command: 'SELECT',
        rowCount: rows.length,
        rowAsArray: true,
        fields: first.flatMap(fieldsOf),
        rows: rows.map((parts) => parts.flatMap(textsOf)),
      };
    };
    return Response.json('queries' in body ? { results: body.queries.map(answer) } : answer(body));
  });
}

/** A meeting as its table has it, while it runs. */
export function meetingRow(meeting: StoredMeeting): Row {
  return {
    table: meetings,
    values: {
      id: meeting.id,
      code: meeting.code,
      hostUserId: meeting.owner_id,
      title: meeting.title,
      type: meeting.type,
      status: 'active',
      timeZone: meeting.time_zone,
      durationMinutes: meeting.duration,
      passwordHash: meeting.password_hash,
      hostKeyHash: meeting.host_key_hash,
      settings: meeting.settings,
      createdAt: new Date(meeting.created_at),
      updatedAt: new Date(meeting.updated_at),
      version: meeting.version,
    },
  };
}

function fieldsOf({ table }: Row) {
  return Object.values(getTableColumns(table)).map((column) => ({
    name: column.name,
    dataTypeID: OIDS[column.getSQLType()] ?? TEXT,
  }));
}

function textsOf({ table, values }: Row): (string | null)[] {
  return Object.keys(getTableColumns(table)).map((name) => text(values[name]));
}

function text(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (Array.isArray(value)) return `{${value.map((item) => `"${item}"`).join(',')}}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const TEXT = 25;
const OIDS: Readonly<Record<string, number>> = { boolean: 16, integer: 23, jsonb: 3802, 'text[]': 1009 };
