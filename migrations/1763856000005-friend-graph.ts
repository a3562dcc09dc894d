/** What people keep of others for themselves: whom they have muted, and whom they want suggested no more. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class FriendGraph1763856000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table mutes (
        user_id bigint not null,
        muted_id bigint not null,
        until timestamptz(3) not null,
        constraint mutes_pkey primary key (user_id, muted_id),
        constraint mutes_user_id_fkey foreign key (user_id) references users (id),
        constraint mutes_muted_id_fkey foreign key (muted_id) references users (id),
        constraint mutes_two_people check (user_id <> muted_id)
      );

      create table dismissed_suggestions (
        user_id bigint not null,
        other_id bigint not null,
        created_at timestamptz(3) not null default now(),
        constraint dismissed_suggestions_pkey primary key (user_id, other_id),
        constraint dismissed_suggestions_user_id_fkey foreign key (user_id) references users (id),
        constraint dismissed_suggestions_other_id_fkey foreign key (other_id) references users (id),
        constraint dismissed_suggestions_two_people check (user_id <> other_id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("drop table dismissed_suggestions, mutes");
  }
}
