/** Uploads of videos: how far each has come, and what is left to be thrown away. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Uploads1763856000031 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create type upload_status as enum ('OPEN', 'PROCESSING', 'READY', 'FAILED', 'EXPIRED');

      create table video_uploads (
        id bigint not null,
        user_id bigint not null,
        -- What the client says: a promise, held against what comes.
        byte_size integer not null,
        content_type text not null,
        status upload_status not null default 'OPEN',
        bytes_received integer not null default 0,
        created_at timestamptz(3) not null default now(),
        -- When bytes last came; null once it was looked whether they were the last.
        touched_at timestamptz(3),
        -- When it is thrown away; null once a video is made of it.
        expires_at timestamptz(3),
        -- Until when a node works on it, unless it says so again; null for one that nobody works on, and waits no longer.
        claimed_until timestamptz(3),
        -- When a node last began to.
        worked_at timestamptz(3),
        attempts integer not null default 0,
        -- Why nothing came of it, in words for whoever uploaded it.
        failure text,
        -- What was found in it.
        duration_ms integer,
        width integer,
        height integer,
        has_poster boolean not null default false,
        constraint video_uploads_pkey primary key (id),
        constraint video_uploads_user_id_fkey foreign key (user_id) references users (id)
      ) with (fillfactor = 70);
      -- "My uploads", and how many of them are open.
      create index video_uploads_user_idx on video_uploads (user_id, id);
      -- "What is to be worked on", oldest first.
      create index video_uploads_processing_idx on video_uploads (id) where status = 'PROCESSING';
      -- "Which of these has been open for too long".
      create index video_uploads_open_idx on video_uploads (created_at) where status = 'OPEN';
      -- "When was something of this person's last worked on": whoever has waited for longer is next.
      create index video_uploads_worked_idx on video_uploads (user_id, worked_at) where worked_at is not null;
      -- "Of which of these may the original still be there", where a node was killed before it threw it away.
      create index video_uploads_original_idx on video_uploads (claimed_until)
        where status = 'READY' and claimed_until is not null;
      -- "Into which of these did bytes come of late": the last of them may have come, and nobody said so.
      create index video_uploads_touched_idx on video_uploads (touched_at)
        where status = 'OPEN' and touched_at is not null;
      -- "Of which of these was no video made in time".
      create index video_uploads_unused_idx on video_uploads (expires_at)
        where status = 'READY' and expires_at is not null;
      -- "Which of these has been over for so long that nobody asks why": those with a video stay.
      create index video_uploads_over_idx on video_uploads (created_at) where expires_at is not null;

      alter table videos
        add column upload_id bigint,
        add column width integer,
        add column height integer,
        -- Whether a still was made of its upload.
        add column has_poster boolean not null default false,
        add constraint videos_upload_id_fkey foreign key (upload_id) references video_uploads (id);
      -- "The video that was made of this upload": one.
      create unique index videos_upload_key on videos (upload_id) where upload_id is not null;

      -- Uploads of which nothing is to be left in the store: not a byte of what came, nor of what was made of it.
      create table discarded_uploads (
        upload_id bigint not null,
        created_at timestamptz(3) not null default now(),
        constraint discarded_uploads_pkey primary key (upload_id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table discarded_uploads;
      alter table videos drop column has_poster, drop column height, drop column width, drop column upload_id;
      drop table video_uploads;
      drop type upload_status;
    `);
  }
}
