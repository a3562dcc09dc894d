/** What can be done with a message once it is sent: editing, hiding, reacting, pinning; and whom it mentions. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Messages1763856000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Whom it mentions; null for nobody.
      alter table messages add column mentions bigint[];
      alter table messages add column edited_at timestamptz(3);
      -- What was first sent, as a keyed hash: a nonce that comes again is held against it, whatever became of the message.
      alter table messages add column draft bigint;

      -- Positions of messages that this participant has hidden for themselves.
      alter table participants add column hidden_positions integer[] not null default '{}';

      create table reactions (
        conversation_id bigint not null,
        position integer not null,
        user_id bigint not null,
        emoji text not null,
        created_at timestamptz(3) not null default now(),
        -- One for each person, message and emoji; also the index of "the reactions to these messages".
        constraint reactions_pkey primary key (conversation_id, position, user_id, emoji),
        constraint reactions_message_fkey foreign key (conversation_id, position)
          references messages (conversation_id, position)
      );
      -- "What has this person reacted to here", for exports and erasures.
      create index reactions_user_idx on reactions (conversation_id, user_id);

      create table pins (
        conversation_id bigint not null,
        position integer not null,
        pinned_at timestamptz(3) not null default now(),
        constraint pins_pkey primary key (conversation_id, position),
        constraint pins_message_fkey foreign key (conversation_id, position)
          references messages (conversation_id, position)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table pins;
      drop table reactions;
      alter table participants drop column hidden_positions;
      alter table messages drop column draft;
      alter table messages drop column edited_at;
      alter table messages drop column mentions;
    `);
  }
}
