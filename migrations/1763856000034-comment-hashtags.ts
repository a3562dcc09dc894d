/** The hashtags that a video has from its author's own comments on it. */
import type { MigrationInterface, QueryRunner } from "typeorm";
import { hashtagsOf } from "../src/text.ts";

const BATCH = 1_000;

interface Written {
  readonly video_id: string;
  readonly id: string;
  readonly text: string;
}

interface Captioned {
  readonly id: string;
  readonly caption: string;
}

export class CommentHashtags1763856000034 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Indexes over everything take as long as they take.
      set local statement_timeout = 0;

      -- Of a comment on a video of its author's own; null for none.
      alter table comments add column hashtags text[];
      -- The first 30 that are in such comments, in the order of their writing; null for none.
      alter table videos add column comment_hashtags text[];
    `);
    await this.#readComments(runner);
    await runner.query(`
      -- "The hashtags in the comments on this video", when one of them comes or goes.
      create index comments_hashtags_idx on comments (video_id, id) where hashtags is not null;
    `);
    await runner.query(`
      update videos v
      set comment_hashtags = array(
        select n.name
        from (
          select distinct on (t.name) t.name, c.id, t.nr
          from comments c
          cross join lateral unnest(c.hashtags) with ordinality as t (name, nr)
          where c.video_id = v.id and c.hashtags is not null
          order by t.name, c.id, t.nr
        ) n
        order by n.id, n.nr
        limit 30
      )
      where v.id in (select c.video_id from comments c where c.hashtags is not null)
    `);
    await runner.query(`
      with added as (
        insert into video_hashtags (name, video_id, author_id)
        select n.name, v.id, v.author_id
        from videos v
        cross join lateral (
          select t.name
          from unnest(v.comment_hashtags) with ordinality as t (name, nr)
          where not exists (select from video_hashtags h where h.video_id = v.id and h.name = t.name)
          order by t.nr
          limit 30 - (select count(*) from video_hashtags h where h.video_id = v.id)
        ) n
        where v.comment_hashtags is not null and v.audience = 'PUBLIC' and v.status = 'READY'
        returning name, author_id
      )
      insert into hashtags (name, video_count)
      select a.name, count(*)
      from added a
      join users u on u.id = a.author_id and u.is_counted
      group by a.name
      on conflict (name) do update set video_count = hashtags.video_count + excluded.video_count
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await this.#keepCaptionsAlone(runner);
    await runner.query(`
      alter table videos drop column comment_hashtags;
      drop index comments_hashtags_idx;
      alter table comments drop column hashtags;
    `);
  }

  /** Reads the hashtags out of the comments that there are, as the program reads them out of new ones. */
  async #readComments(runner: QueryRunner): Promise<void> {
    for (let after = ["0", "0"]; ; ) {
      const comments: Written[] = await runner.query(
        `
        select c.video_id, c.id, c.text
        from comments c
        join videos v on v.id = c.video_id and v.author_id = c.author_id
        where (c.video_id, c.id) > ($1, $2) and c.text ~ '[#＃]'
        order by c.video_id, c.id
        limit ${BATCH}`,
        after,
      );
      const found = comments.flatMap(({ video_id, id, text }) =>
        hashtagsOf(text).map((name, nr) => ({ video_id, id, name, nr })),
      );
      await runner.query(
        `
        update comments c
        set hashtags = t.names
        from (
          select t.video_id, t.id, array_agg(t.name order by t.nr) as names
          from unnest($1::bigint[], $2::bigint[], $3::text[], $4::integer[]) as t (video_id, id, name, nr)
          group by t.video_id, t.id
        ) t
        where c.video_id = t.video_id and c.id = t.id`,
        [
          found.map(({ video_id }) => video_id),
          found.map(({ id }) => id),
          found.map(({ name }) => name),
          found.map(({ nr }) => nr),
        ],
      );
      const last = comments.at(-1);
      if (last === undefined || comments.length < BATCH) return;
      after = [last.video_id, last.id];
    }
  }

  async #keepCaptionsAlone(runner: QueryRunner): Promise<void> {
    for (let after = "0"; ; ) {
      const videos: Captioned[] = await runner.query(
        `
        select v.id, v.caption
        from videos v
        where v.id > $1 and v.comment_hashtags is not null
        order by v.id
        limit ${BATCH}`,
        [after],
      );
      const kept = videos.flatMap(({ id, caption }) => hashtagsOf(caption).map((name) => ({ id, name })));
      await runner.query(
        `
        with removed as (
          delete from video_hashtags t
          where t.video_id = any($1::bigint[]) and not exists (
            select from unnest($2::bigint[], $3::text[]) as k (id, name) where k.id = t.video_id and k.name = t.name
          )
          returning t.name, t.author_id
        )
        update hashtags h
        set video_count = h.video_count - r.videos
        from (
          select r.name, count(*) as videos
          from removed r
          join users u on u.id = r.author_id and u.is_counted
          group by r.name
        ) r
        where h.name = r.name`,
        [videos.map(({ id }) => id), kept.map(({ id }) => id), kept.map(({ name }) => name)],
      );
      const last = videos.at(-1);
      if (last === undefined || videos.length < BATCH) break;
      after = last.id;
    }
    await runner.query("delete from hashtags where video_count = 0");
  }
}
