/** What people do with videos: saving, reposting, watching and commenting, with the counts that every card shows. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Engagement1763856000030 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table videos
        add column comment_count integer not null default 0,
        add column repost_count integer not null default 0,
        add column share_count integer not null default 0,
        add column view_count integer not null default 0,
        -- Whom its caption mentions; null for nobody.
        add column mentions bigint[];

      -- "What this person has liked, newest first", for what friends do.
      create index likes_user_newest_idx on likes (user_id, created_at, video_id);
      -- "What was liked of late", for trends: rows lie in order of time, so a block range index is enough.
      create index likes_created_at_idx on likes using brin (created_at);

      create table saves (
        user_id bigint not null,
        video_id bigint not null,
        created_at timestamptz(3) not null default now(),
        constraint saves_pkey primary key (user_id, video_id),
        constraint saves_user_id_fkey foreign key (user_id) references users (id),
        constraint saves_video_id_fkey foreign key (video_id) references videos (id)
      );
      -- "What I have saved, newest first".
      create index saves_newest_idx on saves (user_id, created_at, video_id);
      -- "Who has saved this video", when it is erased.
      create index saves_video_idx on saves (video_id, user_id);

      create table reposts (
        video_id bigint not null,
        user_id bigint not null,
        note text,
        created_at timestamptz(3) not null default now(),
        constraint reposts_pkey primary key (video_id, user_id),
        constraint reposts_video_id_fkey foreign key (video_id) references videos (id),
        constraint reposts_user_id_fkey foreign key (user_id) references users (id)
      );
      -- "What this person has reposted, newest first", for the feeds of friends.
      create index reposts_newest_idx on reposts (user_id, created_at, video_id);
      -- "What was reposted of late", for trends.
      create index reposts_created_at_idx on reposts using brin (created_at);

      create table views (
        user_id bigint not null,
        video_id bigint not null,
        -- In UTC: somebody is counted once a day.
        day date not null,
        -- The longest that they watched at a time on that day.
        watched_ms integer not null default 0,
        created_at timestamptz(3) not null default now(),
        constraint views_pkey primary key (user_id, video_id, day),
        constraint views_user_id_fkey foreign key (user_id) references users (id),
        constraint views_video_id_fkey foreign key (video_id) references videos (id)
      );
      -- "The views of this video", when it is erased.
      create index views_video_idx on views (video_id, user_id);
      -- "What was watched of late", for trends.
      create index views_created_at_idx on views using brin (created_at);

      create table comments (
        video_id bigint not null,
        id bigint not null,
        -- Null for an erased account.
        author_id bigint,
        -- Null once it is deleted. The row stays, so that its nonce is known for good.
        text text,
        -- The comment that it answers: one that answers none itself.
        reply_to_id bigint,
        -- Whom it mentions; null for nobody.
        mentions bigint[],
        created_at timestamptz(3) not null default now(),
        deleted_at timestamptz(3),
        like_count integer not null default 0,
        reply_count integer not null default 0,
        nonce text,
        constraint comments_pkey primary key (video_id, id),
        constraint comments_video_id_fkey foreign key (video_id) references videos (id),
        constraint comments_author_id_fkey foreign key (author_id) references users (id),
        constraint comments_reply_to_fkey foreign key (video_id, reply_to_id) references comments (video_id, id)
      ) with (fillfactor = 90);
      -- "The comments on this video that answer none, newest first": without those of which nothing is left to see.
      create index comments_top_idx on comments (video_id, id)
        where reply_to_id is null and (deleted_at is null or reply_count > 0);
      -- "The replies to this comment, oldest first".
      create index comments_replies_idx on comments (video_id, reply_to_id, id);
      -- "What this person has said about this video", for what friends do; and all that they said.
      create index comments_author_idx on comments (author_id, video_id, id);
      -- "Which of these people have said something about this video".
      create index comments_sayers_idx on comments (video_id, author_id) where deleted_at is null;
      -- Commenting again with the same nonce finds the same comment.
      create unique index comments_nonce_key on comments (video_id, author_id, nonce) where nonce is not null;
      -- "What was commented on of late", for trends.
      create index comments_created_at_idx on comments using brin (created_at);

      create table comment_likes (
        video_id bigint not null,
        comment_id bigint not null,
        user_id bigint not null,
        created_at timestamptz(3) not null default now(),
        constraint comment_likes_pkey primary key (video_id, comment_id, user_id),
        constraint comment_likes_comment_fkey foreign key (video_id, comment_id) references comments (video_id, id),
        constraint comment_likes_user_id_fkey foreign key (user_id) references users (id)
      );
      -- "Which comments this person likes", when they disappear.
      create index comment_likes_user_idx on comment_likes (user_id, video_id, comment_id);

      -- That somebody has brought a video into a conversation, which is what its share_count counts. The share itself
      -- belongs to the conversation, and may be taken back; that it was shared stays.
      create table sharings (
        video_id bigint not null,
        user_id bigint not null,
        conversation_id bigint not null,
        created_at timestamptz(3) not null default now(),
        constraint sharings_pkey primary key (video_id, user_id, conversation_id),
        constraint sharings_video_id_fkey foreign key (video_id) references videos (id),
        constraint sharings_user_id_fkey foreign key (user_id) references users (id)
      );
      -- "What this person has shared", when they disappear.
      create index sharings_user_idx on sharings (user_id, video_id, conversation_id);
      -- "What was shared of late", for trends.
      create index sharings_created_at_idx on sharings using brin (created_at);

      -- Friends outside a video's audience who ask to be let in, and those who are. The foreign key ends both with the
      -- friendship.
      create table video_access (
        video_id bigint not null,
        user_id bigint not null,
        author_id bigint not null,
        -- Null for who was let in without asking.
        requested_at timestamptz(3),
        granted_at timestamptz(3),
        constraint video_access_pkey primary key (video_id, user_id),
        constraint video_access_video_id_fkey foreign key (video_id) references videos (id),
        constraint video_access_friendship_fkey foreign key (author_id, user_id)
          references friendships (user_id, friend_id) on delete cascade
      );
      -- "What hangs on this friendship", when it ends.
      create index video_access_friendship_idx on video_access (author_id, user_id, video_id);

      -- An address by which somebody shows a video outside. Its code says whose it is, of what, and is signed.
      create table share_links (
        user_id bigint not null,
        video_id bigint not null,
        created_at timestamptz(3) not null default now(),
        open_count integer not null default 0,
        -- Newcomers who have come by it.
        joined_count integer not null default 0,
        constraint share_links_pkey primary key (user_id, video_id),
        constraint share_links_user_id_fkey foreign key (user_id) references users (id),
        constraint share_links_video_id_fkey foreign key (video_id) references videos (id)
      );
      -- "The links to this video", when it is erased.
      create index share_links_video_idx on share_links (video_id, user_id);

      alter type report_subject add value 'COMMENT';
      alter type report_subject add value 'MOMENT';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from reports where subject_kind::text in ('COMMENT', 'MOMENT');
      alter type report_subject rename to former_report_subject;
      create type report_subject as enum ('USER', 'VIDEO', 'CONVERSATION', 'MESSAGE');
      drop index reports_open_key;
      alter table reports alter column subject_kind type report_subject using subject_kind::text::report_subject;
      create unique index reports_open_key on reports (subject_key, subject_kind, reporter_id)
        where resolved_at is null;
      drop type former_report_subject;
      drop table share_links, video_access, sharings, comment_likes, comments, views, reposts, saves;
      drop index likes_created_at_idx, likes_user_newest_idx;
      alter table videos
        drop column mentions, drop column view_count, drop column share_count, drop column repost_count,
        drop column comment_count;
    `);
  }
}
