/** Accounts without a password, phone numbers, who was last active when, and what is asked of sessions and handles. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Profiles1763856000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Whoever comes by an outside identity provider has no password here, and may never have said when they were born.
      alter table accounts alter column password_hash drop not null;
      alter table accounts alter column birth_date drop not null;
      alter table accounts add column phone text;

      -- Written over and over and never found by its time: room on each page keeps the writes away from the index.
      create table last_active (
        user_id bigint not null,
        at timestamptz(3) not null,
        constraint last_active_pkey primary key (user_id),
        constraint last_active_user_id_fkey foreign key (user_id) references users (id)
      ) with (fillfactor = 50);

      -- "Where am I signed in, newest use first".
      create index sessions_open_idx on sessions (user_id, last_used_at, id) where ended_at is null;
      -- "Which handles do I hold", of which there may be only so many.
      create index handles_user_id_idx on handles (user_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index handles_user_id_idx;
      drop index sessions_open_idx;
      drop table last_active;
      alter table accounts drop column phone;
      delete from accounts where password_hash is null or birth_date is null;
      alter table accounts alter column birth_date set not null;
      alter table accounts alter column password_hash set not null;
    `);
  }
}
