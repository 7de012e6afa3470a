/**
 * Tables of a room. Append a step to change them; never edit one that was deployed.
 * Rows that are only ever read and written whole keep their fields in a JSON body.
 */
const STEPS: readonly string[] = [
  `
  create table session (only_row integer primary key check (only_row = 1), body text not null);
  create table participants (participant_id text primary key, body text not null) without rowid;
  create table nodes (node_id text primary key, body text not null) without rowid;
  create table revoked (session_id text primary key, body text not null) without rowid;
  create table timers (
    kind text not null, key text not null, due integer not null, primary key (kind, key)
  ) without rowid;
  create index timers_by_due on timers (due);
  create table events (
    seq integer primary key, at integer not null, body text not null,
    sender_id text, recipient_id text, client_id text
  );
  create table chat (
    seq integer primary key, sender_id text not null, recipient_id text, client_id text not null,
    body text not null, unique (sender_id, client_id)
  );
  create table outbox (
    meeting_id text not null, meeting_session_id text not null, seq integer not null, body text not null,
    sent_at integer, attempts integer not null default 0, primary key (meeting_session_id, seq)
  ) without rowid;
  `,
  `
  drop table events;
  create table events (
    seq integer primary key, at integer not null, body text not null,
    audience text, sender_id text, client_id text
  );
  create table waiting (participant_id text primary key, body text not null) without rowid;
  create table excluded (subject text primary key, reason text not null) without rowid;
  `,
  `
  create table topology (only_row integer primary key check (only_row = 1), body text not null);
  create table placements (seq integer primary key autoincrement, body text not null);
  update participants
    set body = json_set(body, '$.standby_node_id', null, '$.failover', 'warm', '$.avoid', json('[]'));
  update nodes
    set body = json_set(body, '$.cell', json_extract(body, '$.node.region') || ':0', '$.lost_at', null,
      '$.node.failure_domain', json_extract(body, '$.node.node_id'), '$.node.bits_capacity_per_s', 1e9);
  `,
  `
  update participants set body = json_insert(body, '$.round_trips', json('{}'));
  update waiting set body = json_insert(body, '$.round_trips', json('{}'));
  `,
];

export function hasTables({ sql }: DurableObjectStorage): boolean {
  return sql.exec("select 1 from sqlite_master where name = 'schema_version'").toArray().length > 0;
}

/** Brings the tables to the current version. Cheap when they are. */
export function migrate(storage: DurableObjectStorage): void {
  const { sql } = storage;
  storage.transactionSync(() => {
    sql.exec('create table if not exists schema_version (version integer not null)');
    const applied = sql.exec<{ version: number }>('select version from schema_version').toArray()[0]?.version;
    if (applied === STEPS.length) return;
    for (const step of STEPS.slice(applied ?? 0)) sql.exec(step);
    sql.exec('delete from schema_version');
    sql.exec('insert into schema_version (version) values (?)', STEPS.length);
  });
}
