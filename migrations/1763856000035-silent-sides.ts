/** In direct conversations in which one side has said nothing, each message asks how far that side lets its sender in. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class SilentSides1763856000035 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      update conversations c
      set asks_policy = true
      where c.kind = 'DIRECT' and not c.asks_policy and exists (
        select
        from participants p
        where p.conversation_id = c.id and not exists (
          select from messages m where m.conversation_id = c.id and m.sender_id = p.user_id
        )
      );
    `);
  }

  // A message that asks without need takes the mark away: nothing has to be undone.
  async down(): Promise<void> {}
}
