/** What happens in groups is told of in their midst, leaving is told of, and message requests can be declined. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Groups1763856000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter type event_kind add value 'CONVERSATION_LEFT';
      create type notice_kind as enum (
        'TITLE_CHANGED', 'AVATAR_CHANGED', 'PEOPLE_ADDED', 'JOINED', 'REMOVED', 'LEFT', 'MADE_OWNER', 'MADE_ADMIN',
        'MADE_MEMBER'
      );
      -- What happened and to whom; who did it is the sender, and a new title is the body.
      alter table messages
        add column notice notice_kind,
        add column notice_user_ids bigint[];
      -- Whether this one wants to hear no more of a message request. Whoever made it is not told.
      alter table participants add column has_declined boolean not null default false;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table participants drop column has_declined;
      alter table messages drop column notice_user_ids, drop column notice;
      drop type notice_kind;
      delete from viewer_events where kind = 'CONVERSATION_LEFT';
      alter type event_kind rename to former_event_kind;
      create type event_kind as enum (
        'MESSAGE_SENT', 'CONVERSATION_CHANGED', 'READ_MOVED', 'RELATIONSHIP_CHANGED', 'VIDEO_CHANGED', 'ACCESS_REVOKED',
        'MESSAGE_CHANGED', 'NOTIFICATION_ADDED'
      );
      alter table viewer_events alter column kind type event_kind using kind::text::event_kind;
      drop type former_event_kind;
    `);
  }
}
