import { MeetingSettings, UpdateMeetingRequest } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import type { EditableFields } from '../storage/meetings.ts';
import { cursorOf, pageOf, positionAt } from './cursor.ts';
import { editedFields } from './update-meeting.ts';
import { etagOf, requireVersion, versionsIn } from './versions.ts';

const id = () => crypto.randomUUID();

describe('a cursor', () => {
  it('leads back to where it was made', () => {
    const position = { at: 1_800_000_000_123, id: id() };
    expect(positionAt(cursorOf(position))).toEqual(position);
    expect(positionAt(undefined)).toBeNull();
  });

  it('that is none of ours is refused', () => {
    const encoded = (value: unknown) => btoa(JSON.stringify(value)).replace(/=+$/, '');
    const strange = [[], [1], [1, 'x'], ['1', id()], [-1, id()], [8.64e15, id()], [1.5, id()], { at: 1 }];
    for (const cursor of ['', '%', 'x', 'bnVsbA', ...strange.map(encoded)]) {
      expect(() => positionAt(cursor), cursor).toThrow('cursor');
    }
  });

  it('is given while there is more', () => {
    const items = Array.from({ length: 3 }, (_, at) => ({ at, id: id() }));
    const itself = (item: { at: number; id: string }) => item;
    expect(pageOf(items, 3, itself)).toEqual({ items, next_cursor: null });
    const { items: first, next_cursor } = pageOf(items, 2, itself);
    expect(first).toEqual(items.slice(0, 2));
    expect(positionAt(next_cursor ?? undefined)).toEqual(items[1]);
    expect(pageOf([], 2, itself)).toEqual({ items: [], next_cursor: null });
  });
});

describe('If-Match', () => {
  it('names versions, any, or nothing that exists', () => {
    expect(versionsIn(undefined)).toBeUndefined();
    expect(versionsIn(' * ')).toBeUndefined();
    expect(versionsIn(etagOf(7))).toEqual([7]);
    expect(versionsIn('"7", "8" ,"x",W/"9"')).toEqual([7, 8]);
    for (const none of ['', 'W/"7"', '7', '"7', '"99999999999"']) expect(versionsIn(none)).toEqual([]);
  });

  it('holds or does not', () => {
    requireVersion(undefined, 3);
    requireVersion([2, 3], 3);
    expect(() => requireVersion([2], 3)).toThrow('changed');
    expect(() => requireVersion([], 3)).toThrow('changed');
  });
});

describe('a change of a meeting', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const before: EditableFields = {
    title: 'Weekly',
    duration: 60,
    scheduled_start: '2026-02-01T08:00:00.000Z',
    time_zone: 'UTC',
    settings: MeetingSettings.parse({ waiting_room: true }),
    password_hash: 'a hash',
  };
  const edited = (request: unknown, hash?: string | null, of = before) =>
    editedFields(of, UpdateMeetingRequest.parse(request), hash, now);

  it('leaves what it does not name', () => {
    expect(edited({})).toEqual(before);
    expect(edited({ title: 'Monthly' })).toEqual({ ...before, title: 'Monthly' });
    expect(edited({ settings: { max_participants: 5 } }).settings).toEqual({
      ...before.settings,
      max_participants: 5,
    });
    // A meeting that has begun keeps its start.
    expect(
      edited({ title: 'x' }, undefined, { ...before, scheduled_start: '2020-01-01T00:00:00.000Z' }),
    ).toEqual({
      ...before,
      title: 'x',
      scheduled_start: '2020-01-01T00:00:00.000Z',
    });
  });

  it('sets and takes away the password', () => {
    expect(edited({}, 'another')).toEqual({ ...before, password_hash: 'another' });
    expect(edited({}, null)).toEqual({ ...before, password_hash: null });
  });

  it('cannot be what a new meeting could not be', () => {
    expect(edited({ scheduled_start: '2026-03-01T10:00:00+01:00' }).scheduled_start).toBe(
      '2026-03-01T09:00:00.000Z',
    );
    expect(() => edited({ scheduled_start: '2025-03-01T10:00:00Z' })).toThrow('past');
    expect(() => edited({ time_zone: 'Mars/Olympus' })).toThrow('time_zone');
    const instant = { ...before, scheduled_start: null };
    expect(() => edited({ scheduled_start: '2026-03-01T10:00:00Z' }, undefined, instant)).toThrow('instant');
    expect(edited({ title: 'a\0b' }).title).toBe('a\ufffdb');
  });
});
