/** People's rights over their data: exports, and what an erasure needs to find and to remember. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Rights1763856000009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create type export_status as enum ('RUNNING', 'READY', 'FAILED', 'EXPIRED');
      create type message_erasure as enum ('KEEP_WITHOUT_NAME', 'ERASE');

      create table data_exports (
        user_id bigint not null,
        id bigint not null,
        status export_status not null default 'RUNNING',
        created_at timestamptz(3) not null default now(),
        -- Null until it is ready.
        expires_at timestamptz(3),
        -- How far it has come: the section that is read next, the key of the last row of it, parts written, failures.
        section text,
        after text[],
        part_count integer not null default 0,
        failures integer not null default 0,
        constraint data_exports_pkey primary key (id),
        constraint data_exports_user_id_fkey foreign key (user_id) references users (id)
      );
      -- "My exports, newest first".
      create index data_exports_user_idx on data_exports (user_id, id);
      -- "Which exports are to be made", oldest first.
      create index data_exports_running_idx on data_exports (id) where status = 'RUNNING';
      -- "Whose time is over".
      create index data_exports_ready_idx on data_exports (expires_at) where status = 'READY';

      -- What an export says, in the database: so any node can hand it out, whichever made it.
      create table data_export_parts (
        export_id bigint not null,
        nr integer not null,
        lines text not null,
        constraint data_export_parts_pkey primary key (export_id, nr),
        constraint data_export_parts_export_id_fkey foreign key (export_id) references data_exports (id)
      );

      alter table accounts add column erasure message_erasure;
      alter table users add column erased_at timestamptz(3);
      -- "Whose account is to be erased", thirty days after it was deleted.
      create index users_deleted_at_idx on users (deleted_at) where deleted_at is not null and erased_at is null;
      -- "Which freed handles need to be held no longer".
      create index handles_freed_at_idx on handles (freed_at) where freed_at is not null;

      -- "Which requests of this person's are left in others' lists": one that was declined stays there, whatever becomes
      -- of it here.
      create index friend_requests_other_idx on friend_requests (other_id, user_id);

      -- Who has reported is forgotten with them.
      alter table reports alter column reporter_id drop not null;
      -- "What was reported of this person", whose words go with them.
      create index reports_author_idx on reports (author_id, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index reports_author_idx;
      delete from reports where reporter_id is null;
      alter table reports alter column reporter_id set not null;
      drop index friend_requests_other_idx;
      drop index handles_freed_at_idx;
      drop index users_deleted_at_idx;
      alter table users drop column erased_at;
      alter table accounts drop column erasure;
      drop table data_export_parts, data_exports;
      drop type message_erasure, export_status;
    `);
  }
}
