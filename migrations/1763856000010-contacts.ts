/** What people have uploaded of their address books, and what a person can be found by: keyed hashes, nothing else. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Contacts1763856000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The addresses and numbers in a person's address book.
      create table contacts (
        user_id bigint not null,
        hash bytea not null,
        constraint contacts_pkey primary key (user_id, hash),
        constraint contacts_user_id_fkey foreign key (user_id) references users (id)
      );
      -- "Who has this address or number in their contacts", when somebody joins who can be found by it.
      create index contacts_hash_idx on contacts (hash, user_id);

      -- The addresses and numbers of a person's own.
      create table contact_points (
        user_id bigint not null,
        hash bytea not null,
        -- When those who have it in their contacts were told; null until then.
        told_at timestamptz(3),
        constraint contact_points_pkey primary key (user_id, hash),
        constraint contact_points_user_id_fkey foreign key (user_id) references users (id)
      );
      -- "Who can be found by this address or number".
      create index contact_points_hash_idx on contact_points (hash, user_id);
      -- "Of whom has nobody been told yet".
      create index contact_points_untold_idx on contact_points (user_id) where told_at is null;

      alter table accounts
        -- Contacts uploaded on a day, in UTC.
        add column contacts_day date,
        add column contacts_today integer not null default 0;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table accounts drop column contacts_day, drop column contacts_today;
      drop table contact_points, contacts;
    `);
  }
}
