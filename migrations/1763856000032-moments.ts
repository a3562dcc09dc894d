/** Moments: what friends are shown for a day, who has seen it, and the messages that answer it. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Moments1763856000032 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table moments (
        author_id bigint not null,
        id bigint not null,
        video_id bigint,
        text text,
        audience audience not null,
        created_at timestamptz(3) not null default now(),
        expires_at timestamptz(3) not null,
        nonce text,
        constraint moments_pkey primary key (author_id, id),
        constraint moments_author_id_fkey foreign key (author_id) references users (id),
        constraint moments_video_id_fkey foreign key (video_id) references videos (id)
      );
      -- Posting again with the same nonce finds the same moment.
      create unique index moments_nonce_key on moments (author_id, nonce) where nonce is not null;
      -- "Whose time is over".
      create index moments_expires_at_idx on moments (expires_at);
      -- "The moments with this video", when it is erased.
      create index moments_video_idx on moments (video_id) where video_id is not null;

      create table moment_views (
        author_id bigint not null,
        moment_id bigint not null,
        user_id bigint not null,
        at timestamptz(3) not null default now(),
        constraint moment_views_pkey primary key (author_id, moment_id, user_id),
        constraint moment_views_moment_fkey foreign key (author_id, moment_id)
          references moments (author_id, id) on delete cascade,
        constraint moment_views_user_id_fkey foreign key (user_id) references users (id)
      );
      -- "Who has seen my moment, newest first".
      create index moment_views_newest_idx on moment_views (author_id, moment_id, at, user_id);
      -- "When did I last see one", and all that this person has seen, for exports and erasures.
      create index moment_views_user_idx on moment_views (user_id, at, author_id, moment_id);

      -- "Who was told of this moment", when it goes.
      create index notifications_moment_idx on notifications (subject) where kind = 'MOMENT';

      -- The moment that a message answers.
      alter table messages add column moment_author_id bigint, add column moment_id bigint;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table messages drop column moment_id, drop column moment_author_id;
      drop index notifications_moment_idx;
      drop table moment_views, moments;
    `);
  }
}
