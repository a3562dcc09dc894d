/** The first tables: people, their friendships, and videos. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class PeopleAndVideos1763856000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create type reach as enum ('EVERYONE', 'FRIENDS_OF_FRIENDS', 'FRIENDS', 'CLOSE_FRIENDS', 'NO_ONE');
      create type audience as enum ('PUBLIC', 'FRIENDS', 'CLOSE_FRIENDS', 'ONLY_ME');
      create type met_through as enum (
        'IN_PERSON_CODE', 'INVITE_LINK', 'CONTACTS', 'MUTUAL_FRIENDS', 'CONVERSATION', 'SHARED_VIDEO', 'SEARCH', 'PROFILE'
      );
      create type request_direction as enum ('INCOMING', 'OUTGOING');
      create type video_status as enum ('PROCESSING', 'READY', 'FAILED', 'REMOVED');

      -- What others may see of a person; what belongs to the person alone is in accounts.
      create table users (
        id bigint not null,
        handle text not null,
        display_name text not null,
        bio text,
        avatar_url text,
        country text not null,
        created_at timestamptz(3) not null default now(),
        deleted_at timestamptz(3),
        friend_count integer not null default 0,
        waiting_request_count integer not null default 0,
        messages_from reach not null default 'FRIENDS',
        friend_requests_from reach not null default 'EVERYONE',
        group_invites_from reach not null default 'FRIENDS',
        friend_list_visible_to reach not null default 'FRIENDS',
        activity_visible_to reach not null default 'FRIENDS',
        read_receipts boolean not null default true,
        show_last_active boolean not null default true,
        discoverable_by_contacts boolean not null default true,
        suggest_me boolean not null default true,
        constraint users_pkey primary key (id)
      ) with (fillfactor = 85);

      create table accounts (
        user_id bigint not null,
        password_hash text not null,
        email text,
        birth_date date not null,
        -- Friend requests sent on a day, in UTC.
        requests_day date,
        requests_today integer not null default 0,
        constraint accounts_pkey primary key (user_id),
        constraint accounts_user_id_fkey foreign key (user_id) references users (id)
      );

      -- Claims a handle in lower case, the only place where it is unique; a freed one stays claimed for 90 days.
      create table handles (
        handle text not null,
        user_id bigint not null,
        freed_at timestamptz(3),
        constraint handles_pkey primary key (handle),
        constraint handles_user_id_fkey foreign key (user_id) references users (id)
      );

      create table sessions (
        user_id bigint not null,
        id bigint not null,
        refresh_hash bytea not null,
        user_agent text,
        created_at timestamptz(3) not null default now(),
        last_used_at timestamptz(3) not null default now(),
        expires_at timestamptz(3) not null,
        ended_at timestamptz(3),
        constraint sessions_pkey primary key (user_id, id),
        constraint sessions_user_id_fkey foreign key (user_id) references users (id)
      );
      -- "Which sessions ended of late", asked by every node twice a second.
      create index sessions_ended_at_idx on sessions (ended_at) where ended_at is not null;

      -- Two rows for a pair, one in each person's list; the foreign key makes them mirror each other.
      create table friendships (
        user_id bigint not null,
        friend_id bigint not null,
        since timestamptz(3) not null default now(),
        is_close boolean not null default false,
        met_through met_through,
        constraint friendships_pkey primary key (user_id, friend_id),
        -- Also the index of "my friends, newest first".
        constraint friendships_newest_key unique (user_id, since, friend_id),
        constraint friendships_user_id_fkey foreign key (user_id) references users (id),
        constraint friendships_mirror_fkey foreign key (friend_id, since, user_id)
          references friendships (user_id, since, friend_id),
        constraint friendships_two_people check (user_id <> friend_id)
      );
      -- "My close friends, newest first".
      create index friendships_close_idx on friendships (user_id, since, friend_id) where is_close;

      -- Two rows for a request, one in each person's list. Declining marks the receiver's row alone: to the asker
      -- nothing has changed, and the mark holds back the next request.
      create table friend_requests (
        user_id bigint not null,
        other_id bigint not null,
        direction request_direction not null,
        note text,
        met_through met_through,
        created_at timestamptz(3) not null default now(),
        declined_at timestamptz(3),
        constraint friend_requests_pkey primary key (user_id, other_id),
        constraint friend_requests_user_id_fkey foreign key (user_id) references users (id),
        constraint friend_requests_other_id_fkey foreign key (other_id) references users (id),
        constraint friend_requests_two_people check (user_id <> other_id)
      );
      -- "My incoming (outgoing) requests, newest first".
      create index friend_requests_newest_idx on friend_requests (user_id, direction, created_at, other_id)
        where declined_at is null;

      create table blocks (
        user_id bigint not null,
        blocked_id bigint not null,
        created_at timestamptz(3) not null default now(),
        constraint blocks_pkey primary key (user_id, blocked_id),
        constraint blocks_user_id_fkey foreign key (user_id) references users (id),
        constraint blocks_blocked_id_fkey foreign key (blocked_id) references users (id),
        constraint blocks_two_people check (user_id <> blocked_id)
      );
      -- "Whom I have blocked, newest first".
      create index blocks_newest_idx on blocks (user_id, created_at, blocked_id);
      -- "Which of these people have blocked me", for the counts of what I may see.
      create index blocks_blocked_idx on blocks (blocked_id, user_id);

      create table videos (
        id bigint not null,
        author_id bigint not null,
        source_url text,
        thumbnail_url text,
        caption text not null,
        duration_ms integer,
        status video_status not null,
        audience audience not null,
        comments_from reach not null default 'EVERYONE',
        created_at timestamptz(3) not null default now(),
        like_count integer not null default 0,
        nonce text,
        constraint videos_pkey primary key (id),
        constraint videos_author_id_fkey foreign key (author_id) references users (id)
      ) with (fillfactor = 90);
      -- "The videos of an author, newest first": ids grow with time.
      create index videos_author_idx on videos (author_id, id);
      -- Publishing again with the same nonce finds the same video.
      create unique index videos_nonce_key on videos (author_id, nonce) where nonce is not null;

      create table likes (
        video_id bigint not null,
        user_id bigint not null,
        created_at timestamptz(3) not null default now(),
        constraint likes_pkey primary key (video_id, user_id),
        constraint likes_video_id_fkey foreign key (video_id) references videos (id),
        constraint likes_user_id_fkey foreign key (user_id) references users (id)
      );
      -- "Who liked this video, newest first".
      create index likes_newest_idx on likes (video_id, created_at, user_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table likes, videos, blocks, friend_requests, friendships, sessions, handles, accounts, users;
      drop type video_status, request_direction, met_through, audience, reach;
    `);
  }
}
