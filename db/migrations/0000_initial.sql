CREATE TYPE "public"."node_status" AS ENUM('up', 'draining', 'full', 'lost', 'stopped');--> statement-breakpoint
CREATE TYPE "public"."meeting_status" AS ENUM('scheduled', 'active', 'ended');--> statement-breakpoint
CREATE TYPE "public"."meeting_type" AS ENUM('instant', 'scheduled', 'recurring');--> statement-breakpoint
CREATE TYPE "public"."occurrence_status" AS ENUM('scheduled', 'held', 'cancelled');--> statement-breakpoint
CREATE TYPE "public"."poll_status" AS ENUM('draft', 'open', 'closed');--> statement-breakpoint
CREATE TYPE "public"."recording_status" AS ENUM('recording', 'processing', 'ready', 'failed');--> statement-breakpoint
CREATE TYPE "public"."participant_role" AS ENUM('host', 'co_host', 'participant');--> statement-breakpoint
CREATE TYPE "public"."session_status" AS ENUM('active', 'ended');--> statement-breakpoint
CREATE TYPE "public"."delivery_status" AS ENUM('pending', 'delivered', 'failed');--> statement-breakpoint
CREATE TABLE "chat_messages" (
	"meeting_session_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"sent_at" timestamp (3) with time zone NOT NULL,
	"meeting_id" uuid NOT NULL,
	"sender_id" uuid NOT NULL,
	"sender_name" varchar(100) NOT NULL,
	"recipient_id" uuid,
	"content" text NOT NULL,
	"outbox_seq" bigint NOT NULL,
	CONSTRAINT "chat_messages_meeting_session_id_message_id_sent_at_pk" PRIMARY KEY("meeting_session_id","message_id","sent_at")
) PARTITION BY RANGE ("sent_at");
--> statement-breakpoint
CREATE TABLE "files" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"meeting_id" uuid NOT NULL,
	"meeting_session_id" uuid NOT NULL,
	"uploaded_by" uuid NOT NULL,
	"name" varchar(255) NOT NULL,
	"content_type" varchar(255) NOT NULL,
	"size_bytes" bigint NOT NULL,
	"storage_key" varchar(255) NOT NULL,
	"sha256" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "files_storage_key_unique" UNIQUE("storage_key")
);
--> statement-breakpoint
CREATE TABLE "sfu_nodes" (
	"id" varchar(63) NOT NULL,
	"boot_id" uuid NOT NULL,
	"region" varchar(63) NOT NULL,
	"address" varchar(255) NOT NULL,
	"port" integer NOT NULL,
	"capacity" integer NOT NULL,
	"current_load" integer DEFAULT 0 NOT NULL,
	"dtls_fingerprint" varchar(255) NOT NULL,
	"version" varchar(64) NOT NULL,
	"status" "node_status" NOT NULL,
	"status_reason" text,
	"status_changed_at" timestamp (3) with time zone NOT NULL,
	"last_heartbeat" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sfu_nodes_id_boot_id_pk" PRIMARY KEY("id","boot_id")
);
--> statement-breakpoint
CREATE TABLE "meeting_occurrences" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"meeting_id" uuid NOT NULL,
	"original_start" timestamp (3) with time zone NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"status" "occurrence_status" DEFAULT 'scheduled' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "meetings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" varchar(16) NOT NULL,
	"host_user_id" uuid,
	"title" varchar(255) NOT NULL,
	"type" "meeting_type" NOT NULL,
	"status" "meeting_status" DEFAULT 'scheduled' NOT NULL,
	"scheduled_start" timestamp (3) with time zone,
	"time_zone" varchar(64) DEFAULT 'UTC' NOT NULL,
	"duration_minutes" integer NOT NULL,
	"rrule" text,
	"password_hash" text,
	"host_key_hash" text NOT NULL,
	"settings" jsonb NOT NULL,
	"actual_start" timestamp (3) with time zone,
	"actual_end" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "meetings_code_unique" UNIQUE("code")
);
--> statement-breakpoint
CREATE TABLE "poll_votes" (
	"poll_id" uuid NOT NULL,
	"participant_id" uuid NOT NULL,
	"choices" integer[] NOT NULL,
	"voted_at" timestamp (3) with time zone NOT NULL,
	"outbox_seq" bigint NOT NULL,
	CONSTRAINT "poll_votes_poll_id_participant_id_pk" PRIMARY KEY("poll_id","participant_id")
);
--> statement-breakpoint
CREATE TABLE "polls" (
	"id" uuid PRIMARY KEY NOT NULL,
	"meeting_id" uuid NOT NULL,
	"meeting_session_id" uuid NOT NULL,
	"created_by" uuid NOT NULL,
	"question" varchar(500) NOT NULL,
	"options" jsonb NOT NULL,
	"multiple" boolean DEFAULT false NOT NULL,
	"anonymous" boolean DEFAULT false NOT NULL,
	"status" "poll_status" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"outbox_seq" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "qoe_minutes" (
	"meeting_session_id" uuid NOT NULL,
	"participant_id" uuid NOT NULL,
	"minute" timestamp (3) with time zone NOT NULL,
	"meeting_id" uuid NOT NULL,
	"region" varchar(63) NOT NULL,
	"node_id" varchar(63) NOT NULL,
	"rtt_ms" real,
	"jitter_ms" real,
	"loss_up" real,
	"loss_down" real,
	"bitrate_up" integer,
	"bitrate_down" integer,
	"frozen_ms" integer DEFAULT 0 NOT NULL,
	"concealed_ms" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "qoe_minutes_meeting_session_id_participant_id_minute_pk" PRIMARY KEY("meeting_session_id","participant_id","minute")
);
--> statement-breakpoint
CREATE TABLE "recordings" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"meeting_id" uuid NOT NULL,
	"meeting_session_id" uuid NOT NULL,
	"status" "recording_status" DEFAULT 'recording' NOT NULL,
	"format" varchar(20) DEFAULT 'mp4' NOT NULL,
	"storage_key" varchar(500),
	"transcript_key" varchar(500),
	"duration_seconds" integer,
	"file_size_bytes" bigint,
	"failure" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"completed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "meeting_participants" (
	"participant_id" uuid NOT NULL,
	"meeting_session_id" uuid NOT NULL,
	"meeting_id" uuid NOT NULL,
	"user_id" uuid,
	"display_name" varchar(100) NOT NULL,
	"role" "participant_role" NOT NULL,
	"joined_at" timestamp (3) with time zone NOT NULL,
	"left_at" timestamp (3) with time zone,
	"duration_seconds" integer GENERATED ALWAYS AS (EXTRACT(EPOCH FROM ("left_at" - "joined_at"))::integer) STORED,
	"node_id" varchar(63) NOT NULL,
	"region" varchar(63) NOT NULL,
	"outbox_seq" bigint NOT NULL,
	CONSTRAINT "meeting_participants_meeting_session_id_participant_id_pk" PRIMARY KEY("meeting_session_id","participant_id")
);
--> statement-breakpoint
CREATE TABLE "meeting_sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"meeting_id" uuid NOT NULL,
	"status" "session_status" NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"ended_by_host" boolean,
	"settings" jsonb NOT NULL,
	"outbox_seq" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"name" varchar(100) NOT NULL,
	"prefix" varchar(16) NOT NULL,
	"key_hash" text NOT NULL,
	"scopes" text[] NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_keys_key_hash_unique" UNIQUE("key_hash")
);
--> statement-breakpoint
CREATE TABLE "identities" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_sign_in_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"email" varchar(255) NOT NULL,
	"name" varchar(100) NOT NULL,
	"avatar_url" varchar(500),
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"webhook_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"event_type" varchar(64) NOT NULL,
	"meeting_id" uuid,
	"sequence" bigint NOT NULL,
	"payload" jsonb NOT NULL,
	"status" "delivery_status" DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_status_code" integer,
	"last_error" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"delivered_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"url" text NOT NULL,
	"secret" text NOT NULL,
	"events" text[] NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_meeting_id_meetings_id_fk" FOREIGN KEY ("meeting_id") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "meeting_occurrences" ADD CONSTRAINT "meeting_occurrences_meeting_id_meetings_id_fk" FOREIGN KEY ("meeting_id") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "meetings" ADD CONSTRAINT "meetings_host_user_id_users_id_fk" FOREIGN KEY ("host_user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "polls" ADD CONSTRAINT "polls_meeting_id_meetings_id_fk" FOREIGN KEY ("meeting_id") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recordings" ADD CONSTRAINT "recordings_meeting_id_meetings_id_fk" FOREIGN KEY ("meeting_id") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "meeting_participants" ADD CONSTRAINT "meeting_participants_meeting_id_meetings_id_fk" FOREIGN KEY ("meeting_id") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "meeting_participants" ADD CONSTRAINT "meeting_participants_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "meeting_sessions" ADD CONSTRAINT "meeting_sessions_meeting_id_meetings_id_fk" FOREIGN KEY ("meeting_id") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identities" ADD CONSTRAINT "identities_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_meeting_id_meetings_id_fk" FOREIGN KEY ("meeting_id") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "chat_messages_meeting" ON "chat_messages" USING btree ("meeting_id","sent_at");--> statement-breakpoint
CREATE INDEX "files_meeting" ON "files" USING btree ("meeting_id","created_at");--> statement-breakpoint
CREATE INDEX "sfu_nodes_region" ON "sfu_nodes" USING btree ("region","status","current_load");--> statement-breakpoint
CREATE UNIQUE INDEX "meeting_occurrences_original" ON "meeting_occurrences" USING btree ("meeting_id","original_start");--> statement-breakpoint
CREATE INDEX "meeting_occurrences_starts" ON "meeting_occurrences" USING btree ("starts_at");--> statement-breakpoint
CREATE INDEX "meetings_host_created" ON "meetings" USING btree ("host_user_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "meetings_host_scheduled" ON "meetings" USING btree ("host_user_id","scheduled_start");--> statement-breakpoint
CREATE INDEX "meetings_status_scheduled" ON "meetings" USING btree ("status","scheduled_start");--> statement-breakpoint
CREATE INDEX "meetings_active" ON "meetings" USING btree ("status") WHERE "meetings"."status" = 'active';--> statement-breakpoint
CREATE INDEX "polls_meeting" ON "polls" USING btree ("meeting_id","created_at");--> statement-breakpoint
CREATE INDEX "qoe_minutes_meeting" ON "qoe_minutes" USING btree ("meeting_id","minute");--> statement-breakpoint
CREATE INDEX "qoe_minutes_region" ON "qoe_minutes" USING btree ("region","minute");--> statement-breakpoint
CREATE INDEX "recordings_meeting" ON "recordings" USING btree ("meeting_id","created_at");--> statement-breakpoint
CREATE INDEX "meeting_participants_meeting" ON "meeting_participants" USING btree ("meeting_id","joined_at");--> statement-breakpoint
CREATE INDEX "meeting_participants_user" ON "meeting_participants" USING btree ("user_id","joined_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "meeting_sessions_meeting" ON "meeting_sessions" USING btree ("meeting_id","started_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "api_keys_user" ON "api_keys" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "identities_issuer_subject" ON "identities" USING btree ("issuer","subject");--> statement-breakpoint
CREATE INDEX "identities_user" ON "identities" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_deliveries_event" ON "webhook_deliveries" USING btree ("webhook_id","event_id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries" USING btree ("next_attempt_at") WHERE "webhook_deliveries"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_order" ON "webhook_deliveries" USING btree ("webhook_id","meeting_id","sequence");--> statement-breakpoint
CREATE INDEX "webhooks_user" ON "webhooks" USING btree ("user_id");