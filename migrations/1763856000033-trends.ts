/** What trends, as lists of which a reader keeps to one; and the index of what others have shared with the viewer. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Trends1763856000033 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table trending_videos (
        -- ZZ for everywhere.
        country text not null,
        made_at timestamptz(3) not null,
        rank integer not null,
        video_id bigint not null,
        -- What people there did with it, the less the longer ago.
        score double precision not null,
        -- Also the index of "the newest list of a country, in its order".
        constraint trending_videos_pkey primary key (country, made_at, rank)
      );
      -- "Lists that nobody reads on in any more".
      create index trending_videos_made_at_idx on trending_videos (made_at);

      -- It takes as long as it takes.
      set local statement_timeout = 0;
      -- "What was shared in this conversation, newest first", for the feed of what was shared with somebody.
      create index shares_newest_idx on shares (conversation_id, created_at, video_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index shares_newest_idx;
      drop table trending_videos;
    `);
  }
}
