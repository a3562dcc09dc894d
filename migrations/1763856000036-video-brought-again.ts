/** Finds who else has shared a video in a conversation, when the message that holds its share goes. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class VideoBroughtAgain1763856000036 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- "The messages that brought this video here", newest first: whose share it is when one of them is taken back.
      create index messages_shared_idx on messages (conversation_id, shared_video_id, position)
        where shared_video_id is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("drop index messages_shared_idx");
  }
}
