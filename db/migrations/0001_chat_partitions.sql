-- Takes whatever no month is there for, so that an insert never fails for want of a partition.
CREATE TABLE "chat_messages_default" PARTITION OF "chat_messages" DEFAULT;
--> statement-breakpoint
-- Makes the partitions of this month (UTC) and the next ones that are missing, and moves into a new one what
-- the default partition holds of that month. Returns how many were made. Safe to call at any time, by anybody:
-- a daily trigger of the control plane does.
CREATE FUNCTION "ensure_chat_partitions"(months_ahead integer DEFAULT 3) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  first_month date := date_trunc('month', now() AT TIME ZONE 'UTC')::date;
  month date;
  lower_bound timestamptz;
  upper_bound timestamptz;
  partition text;
  made integer := 0;
BEGIN
  IF months_ahead NOT BETWEEN 0 AND 24 THEN
    RAISE EXCEPTION 'months_ahead must be between 0 and 24, not %', months_ahead;
  END IF;
  -- Two callers at once would both find the partition missing.
  PERFORM pg_advisory_xact_lock(hashtext('ensure_chat_partitions'));
  FOR i IN 0..months_ahead LOOP
    month := (first_month + make_interval(months => i))::date;
    lower_bound := month::timestamp AT TIME ZONE 'UTC';
    upper_bound := (month + interval '1 month') AT TIME ZONE 'UTC';
    partition := 'chat_messages_' || to_char(month, 'YYYY_MM');
    CONTINUE WHEN to_regclass(partition) IS NOT NULL;
    -- Writers wait here, before Postgres has chosen a partition for their rows: one that had already been sent to
    -- the default partition would fail there once the month has a partition of its own.
    LOCK TABLE "chat_messages" IN SHARE ROW EXCLUSIVE MODE;
    EXECUTE format('CREATE TABLE %I (LIKE "chat_messages" INCLUDING ALL)', partition);
    EXECUTE format(
      'WITH moved AS (DELETE FROM "chat_messages_default" WHERE "sent_at" >= %L AND "sent_at" < %L RETURNING *) '
      'INSERT INTO %I SELECT * FROM moved',
      lower_bound, upper_bound, partition);
    EXECUTE format(
      'ALTER TABLE "chat_messages" ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
      partition, lower_bound, upper_bound);
    made := made + 1;
  END LOOP;
  RETURN made;
END;
$$;
--> statement-breakpoint
SELECT "ensure_chat_partitions"();
