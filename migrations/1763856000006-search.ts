/** Search: the hashtags of captions, and what finds people, videos and hashtags by a few letters. */
import type { MigrationInterface, QueryRunner } from "typeorm";
import { hashtagsOf } from "../src/text.ts";

const BATCH = 1_000;

interface Captioned {
  readonly id: string;
  readonly author_id: string;
  readonly caption: string;
}

export class Search1763856000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(String.raw`
      -- Indexes over everything take as long as they take.
      set local statement_timeout = 0;

      create extension if not exists pg_trgm;
      create extension if not exists btree_gin;

      -- A text as search compares it: without regard to case, accents, and what can't be seen. Not strict, or it would be
      -- called where it can be written out. What is plain needs neither the decomposing nor the pattern.
      create function fold(given text) returns text
      language sql immutable parallel safe
      as $$
        select case
          when octet_length(given) = char_length(given) then lower(given)
          else translate(
            lower(regexp_replace(
              normalize(given, NFKD),
              '[\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u061c'
                '\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff'
                '\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]',
              '',
              'g'
            )),
            'đħıłøŧ',
            'dhilot'
          )
        end
      $$;

      create table hashtags (
        name text not null,
        -- Of public videos whose authors are not hidden.
        video_count integer not null,
        constraint hashtags_pkey primary key (name)
      ) with (fillfactor = 85);
      -- "The hashtags that begin with this".
      create index hashtags_prefix_idx on hashtags ((fold(name) || ' ' || name) collate "C");

      -- The hashtags of public videos alone: what others may not see leaves no trace here. The key is also the index of
      -- "the videos of a hashtag, newest first".
      create table video_hashtags (
        name text not null,
        video_id bigint not null,
        author_id bigint not null,
        constraint video_hashtags_pkey primary key (name, video_id),
        constraint video_hashtags_video_id_fkey foreign key (video_id) references videos (id) on delete cascade,
        constraint video_hashtags_author_id_fkey foreign key (author_id) references users (id)
      );
      -- "The hashtags of a video".
      create index video_hashtags_video_idx on video_hashtags (video_id, name);
      -- "How many videos of this author have this hashtag", for the counts of what may be seen.
      create index video_hashtags_author_idx on video_hashtags (author_id, name);

      -- "The people whose handles begin with this".
      create index users_handle_prefix_idx on users (handle collate "C", id)
        where deleted_at is null and suspended_at is null;
      -- "The people whose names begin with this".
      create index users_name_prefix_idx on users (fold(display_name) collate "C", id)
        where deleted_at is null and suspended_at is null;
      -- "The people of these weeks whose handles or names contain this". An id begins with its time: see loaders/search-steps.ts.
      create index users_contain_idx on users
        using gin ((id >> 53), (handle || ' ' || fold(display_name)) gin_trgm_ops)
        with (gin_pending_list_limit = 256);
      -- "The videos of these weeks whose captions contain this".
      create index videos_contain_idx on videos
        using gin ((id >> 53), fold(caption) gin_trgm_ops)
        with (gin_pending_list_limit = 256);
    `);
    await this.#readCaptions(runner);
    await runner.query(`
      insert into hashtags (name, video_count)
      select t.name, count(*)
      from video_hashtags t
      join users u on u.id = t.author_id and u.deleted_at is null and u.suspended_at is null
      group by t.name
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index videos_contain_idx, users_contain_idx, users_name_prefix_idx, users_handle_prefix_idx;
      drop table video_hashtags, hashtags;
      drop function fold(text);
      drop extension btree_gin;
      drop extension pg_trgm;
    `);
  }

  /** Reads the hashtags out of the captions that there are, as the program reads them out of new ones. */
  async #readCaptions(runner: QueryRunner): Promise<void> {
    for (let after = "0"; ; ) {
      const videos: Captioned[] = await runner.query(
        `
        select id, author_id, caption
        from videos
        where id > $1 and audience = 'PUBLIC' and status = 'READY' and caption ~ '[#＃]'
        order by id
        limit ${BATCH}`,
        [after],
      );
      const found = videos.flatMap(({ id, author_id, caption }) =>
        hashtagsOf(caption).map((name) => ({ name, id, author_id })),
      );
      await runner.query(
        `
        insert into video_hashtags (name, video_id, author_id)
        select t.name, t.video_id, t.author_id
        from unnest($1::text[], $2::bigint[], $3::bigint[]) as t (name, video_id, author_id)`,
        [found.map(({ name }) => name), found.map(({ id }) => id), found.map(({ author_id }) => author_id)],
      );
      const last = videos.at(-1);
      if (last === undefined || videos.length < BATCH) return;
      after = last.id;
    }
  }
}
