/** Meeting: invites and who has taken them, the codes that were used up in person, and what a block has barred. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Meeting1763856000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- An invite to be its maker's friend or, with a conversation, to take part in that group. Of its code only the
      -- SHA-256 is kept.
      create table invites (
        code_hash bytea not null,
        user_id bigint not null,
        conversation_id bigint,
        -- Null for as many as like.
        max_uses integer,
        uses integer not null default 0,
        created_at timestamptz(3) not null default now(),
        expires_at timestamptz(3) not null,
        revoked_at timestamptz(3),
        constraint invites_pkey primary key (code_hash),
        constraint invites_user_id_fkey foreign key (user_id) references users (id),
        constraint invites_not_overused check (uses <= max_uses)
      ) with (fillfactor = 85);
      -- "How many invites of mine are open".
      create index invites_user_idx on invites (user_id, expires_at);

      -- Who has taken an invite: nobody uses up more than one of its uses.
      create table invite_redemptions (
        code_hash bytea not null,
        user_id bigint not null,
        created_at timestamptz(3) not null default now(),
        constraint invite_redemptions_pkey primary key (code_hash, user_id),
        constraint invite_redemptions_code_hash_fkey foreign key (code_hash) references invites (code_hash),
        constraint invite_redemptions_user_id_fkey foreign key (user_id) references users (id)
      );

      -- The codes of a person that were used in person: each works once. Rows outlive their codes by an hour.
      create table used_friend_codes (
        user_id bigint not null,
        nonce bigint not null,
        expires_at timestamptz(3) not null,
        constraint used_friend_codes_pkey primary key (user_id, nonce),
        constraint used_friend_codes_user_id_fkey foreign key (user_id) references users (id)
      );

      -- What \`user_id\` had made before \`at\` is void for \`other_id\`: one of the two has blocked the other.
      create table invite_bars (
        user_id bigint not null,
        other_id bigint not null,
        at timestamptz(3) not null,
        constraint invite_bars_pkey primary key (user_id, other_id),
        constraint invite_bars_user_id_fkey foreign key (user_id) references users (id),
        constraint invite_bars_other_id_fkey foreign key (other_id) references users (id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table invite_bars, used_friend_codes, invite_redemptions, invites;
    `);
  }
}
