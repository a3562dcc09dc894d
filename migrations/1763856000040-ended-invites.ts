/** Invites that have ended are found, to be forgotten, and are passed over when open ones are counted. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class EndedInvites1763856000040 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- It takes as long as it takes.
      set local statement_timeout = 0;
      -- "How many invites of mine are open".
      create index invites_open_idx on invites (user_id, expires_at) where revoked_at is null;
      -- "Invites that ended long ago".
      create index invites_ended_idx on invites ((least(revoked_at, expires_at)));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index invites_ended_idx, invites_open_idx;
    `);
  }
}
