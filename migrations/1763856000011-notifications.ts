/** What people are told of: notifications, grouped by what they are about, and who has caused them. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Notifications1763856000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create type notification_kind as enum (
        'FRIEND_REQUEST', 'FRIEND_ACCEPTED', 'CONTACT_JOINED', 'LIKE', 'COMMENT', 'MENTION', 'REPOST',
        'ACCESS_REQUESTED', 'ACCESS_GRANTED', 'GROUP_INVITE', 'MOMENT', 'SHARE_LINK_JOINED'
      );

      -- One for each thing that a person is told of in one way, however many people cause it. One that nobody causes any
      -- more stays, out of sight: so whoever comes back to it is known, and does not ring again.
      create table notifications (
        user_id bigint not null,
        id bigint not null,
        kind notification_kind not null,
        -- The key of what it is about.
        subject bigint[] not null,
        -- When the newest of those who cause it came.
        at timestamptz(3) not null default now(),
        -- Those who cause it now, of the people who are counted.
        actor_count integer not null,
        constraint notifications_pkey primary key (user_id, id),
        -- "The notification of this kind about this", for the next person who causes it.
        constraint notifications_subject_key unique (user_id, kind, subject),
        constraint notifications_user_id_fkey foreign key (user_id) references users (id)
      ) with (fillfactor = 85);
      -- "My notifications, newest first", and how many are newer than those that I have seen.
      create index notifications_newest_idx on notifications (user_id, at, id) where actor_count > 0;

      create table notification_actors (
        user_id bigint not null,
        notification_id bigint not null,
        actor_id bigint not null,
        at timestamptz(3) not null default now(),
        is_withdrawn boolean not null default false,
        constraint notification_actors_pkey primary key (user_id, notification_id, actor_id),
        constraint notification_actors_notification_fkey foreign key (user_id, notification_id)
          references notifications (user_id, id),
        constraint notification_actors_actor_id_fkey foreign key (actor_id) references users (id)
      );
      -- "Who causes this notification, newest first".
      create index notification_actors_newest_idx on notification_actors (user_id, notification_id, at, actor_id)
        where not is_withdrawn;
      -- "What has this person caused, for this other person or for all", when they block each other or one goes.
      create index notification_actors_actor_idx on notification_actors (actor_id, user_id, notification_id);

      alter table accounts add column notifications_seen_up_to timestamptz(3);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table accounts drop column notifications_seen_up_to;
      drop table notification_actors, notifications;
      drop type notification_kind;
    `);
  }
}
