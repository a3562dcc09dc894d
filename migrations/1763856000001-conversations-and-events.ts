/** The tables of talk: conversations, messages, shares, inboxes, and every viewer's log of events. */
import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Each of these tables is keyed by a conversation or by a viewer and refers to people and videos by id alone, so that
 * talk can move to a database of its own.
 */
export class ConversationsAndEvents1763856000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create type conversation_kind as enum ('DIRECT', 'GROUP');
      create type participant_role as enum ('OWNER', 'ADMIN', 'MEMBER');
      create type participation_state as enum ('REQUEST', 'ACTIVE', 'LEFT', 'REMOVED');
      create type message_kind as enum ('TEXT', 'SHARE', 'MOMENT_REPLY', 'NOTICE');
      create type event_kind as enum (
        'MESSAGE_SENT', 'CONVERSATION_CHANGED', 'READ_MOVED', 'RELATIONSHIP_CHANGED', 'VIDEO_CHANGED', 'ACCESS_REVOKED'
      );

      create table conversations (
        id bigint not null,
        kind conversation_kind not null,
        title text,
        avatar_url text,
        created_at timestamptz(3) not null default now(),
        participant_count integer not null,
        -- The position of the newest message, and the counter that the next one takes under this row's lock.
        last_position integer not null default 0,
        last_activity_at timestamptz(3) not null default now(),
        -- Grows with every change of who takes part, so that a send that waited for the lock knows that it read old rows.
        membership integer not null default 0,
        constraint conversations_pkey primary key (id)
      ) with (fillfactor = 70);

      -- Claims the one direct conversation of a pair.
      create table direct_conversations (
        low_id bigint not null,
        high_id bigint not null,
        conversation_id bigint not null,
        constraint direct_conversations_pkey primary key (low_id, high_id),
        constraint direct_conversations_order check (low_id < high_id)
      );

      -- Claims the nonce with which somebody began a group: beginning it again finds it.
      create table conversation_nonces (
        user_id bigint not null,
        nonce text not null,
        conversation_id bigint not null,
        constraint conversation_nonces_pkey primary key (user_id, nonce)
      );

      create table participants (
        conversation_id bigint not null,
        user_id bigint not null,
        role participant_role not null,
        state participation_state not null,
        joined_at timestamptz(3) not null default now(),
        -- Messages after this position are the participant's to see.
        history_from integer not null default 0,
        -- Participants of this conversation whom this one has blocked: their messages are hidden and count as nothing.
        hides bigint[] not null default '{}',
        constraint participants_pkey primary key (conversation_id, user_id),
        constraint participants_conversation_id_fkey foreign key (conversation_id) references conversations (id)
      );
      -- "Who takes part, oldest first".
      create index participants_joined_idx on participants (conversation_id, joined_at, user_id);

      create table messages (
        conversation_id bigint not null,
        position integer not null,
        sender_id bigint,
        kind message_kind not null,
        body text,
        shared_video_id bigint,
        reply_to integer,
        topic_video_id bigint,
        video_at_ms integer,
        nonce text,
        created_at timestamptz(3) not null default now(),
        constraint messages_pkey primary key (conversation_id, position),
        -- Sending again with the same nonce finds the same message, for good.
        constraint messages_nonce_key unique (conversation_id, sender_id, nonce),
        constraint messages_conversation_id_fkey foreign key (conversation_id) references conversations (id)
      );
      -- "What was said about a shared video, in order".
      create index messages_topic_idx on messages (conversation_id, topic_video_id, position)
        where topic_video_id is not null;

      create table shares (
        conversation_id bigint not null,
        video_id bigint not null,
        position integer not null,
        shared_by bigint,
        note text,
        created_at timestamptz(3) not null default now(),
        reply_count integer not null default 0,
        last_activity_at timestamptz(3) not null default now(),
        constraint shares_pkey primary key (conversation_id, video_id),
        constraint shares_conversation_id_fkey foreign key (conversation_id) references conversations (id)
      );
      -- "The videos shared in a conversation, newest first".
      create index shares_position_idx on shares (conversation_id, position);

      -- A conversation as one viewer has it: the page, the badge and the unread counts come from here alone.
      create table inbox (
        user_id bigint not null,
        conversation_id bigint not null,
        state participation_state not null,
        -- Null until there is something to show: a direct conversation that the other has opened and said nothing in.
        last_activity_at timestamptz(3),
        unread integer not null default 0,
        read_up_to integer not null default 0,
        pinned boolean not null default false,
        archived boolean not null default false,
        muted_until timestamptz(3),
        constraint inbox_pkey primary key (user_id, conversation_id)
      ) with (fillfactor = 70);
      -- "My conversations (message requests), liveliest first".
      create index inbox_activity_idx on inbox (user_id, state, last_activity_at, conversation_id);
      -- "How many of my conversations have something unread".
      create index inbox_unread_idx on inbox (user_id, state) where unread > 0;

      -- How far each viewer's log has come. The epoch changes when positions start anew, after a restored backup.
      create table viewer_logs (
        viewer_id bigint not null,
        epoch integer not null default 1,
        position bigint not null default 0,
        constraint viewer_logs_pkey primary key (viewer_id)
      ) with (fillfactor = 50);

      create table viewer_events (
        viewer_id bigint not null,
        position bigint not null,
        kind event_kind not null,
        ids bigint[] not null,
        created_at timestamptz(3) not null default now(),
        constraint viewer_events_pkey primary key (viewer_id, position)
      );
      -- "Events older than seven days", to be dropped: rows lie in order of time, so a block range index is enough.
      create index viewer_events_created_at_idx on viewer_events using brin (created_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table viewer_events, viewer_logs, inbox, shares, messages, participants, conversation_nonces,
        direct_conversations, conversations;
      drop type event_kind, message_kind, participation_state, participant_role, conversation_kind;
    `);
  }
}
