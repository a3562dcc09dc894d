/** People can be suspended; and two more kinds of change are told of. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Suspension1763856000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table users add column suspended_at timestamptz(3);
      alter type event_kind add value 'MESSAGE_CHANGED';
      alter type event_kind add value 'NOTIFICATION_ADDED';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table users drop column suspended_at;
      delete from viewer_events where kind in ('MESSAGE_CHANGED', 'NOTIFICATION_ADDED');
      alter type event_kind rename to former_event_kind;
      create type event_kind as enum (
        'MESSAGE_SENT', 'CONVERSATION_CHANGED', 'READ_MOVED', 'RELATIONSHIP_CHANGED', 'VIDEO_CHANGED', 'ACCESS_REVOKED'
      );
      alter table viewer_events alter column kind type event_kind using kind::text::event_kind;
      drop type former_event_kind;
    `);
  }
}
