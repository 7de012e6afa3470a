ALTER TABLE "meetings" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "meetings" ADD COLUMN "closed_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "meetings_host_time" ON "meetings" USING btree ("host_user_id",coalesce("scheduled_start", "created_at"),"id");