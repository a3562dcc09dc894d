/** What trends keeps its order alone: by what it was counted is read by nobody. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class TrendsWithoutScore1763856000038 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query("alter table trending_videos drop column score");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from trending_videos;
      alter table trending_videos add column score double precision not null;
    `);
  }
}
