/** Builds the bench's world: a social graph made by SQL, the same for the same scale, with every counter right. */
import type { DataSource } from "typeorm";
import { functions, type Sql, type WorldSize, worldSize } from "./world/draw.ts";
import { writeShares } from "./world/engagement.ts";
import { drawPeople, writePeople } from "./world/people.ts";
import { writeTalk } from "./world/talk.ts";
import { writeVideos } from "./world/videos.ts";

/** Fills the migrated, empty database behind `source`; `progress` is told of each phase. */
export async function buildWorld(
  source: DataSource,
  scale: number,
  progress: (phase: string) => void,
): Promise<WorldSize> {
  const size = worldSize(scale);
  const runner = source.createQueryRunner();
  const sql: Sql = async (text) => (await runner.query(text)) as Record<string, unknown>[];
  try {
    // What the world consists of is drawn to fit: foreign keys would look up every one of its millions of rows.
    await sql("set session_replication_role = replica");
    await sql("set statement_timeout = 0");
    await sql("set work_mem = '128MB'");
    await sql("set maintenance_work_mem = '128MB'");
    await sql(functions);
    // Over rows that are there already these are built in a fraction of the time that it takes to keep them.
    const later = await sql(`
      select schemaname || '.' || indexname as name, indexdef as definition
      from pg_indexes
      where schemaname = current_schema() and indexdef like '% USING gin %'`);
    for (const { name } of later) await sql(`drop index ${name}`);
    progress(`${size.people} people and ${size.friendships} friendships`);
    await drawPeople(sql, size);
    await writePeople(sql, size);
    progress(
      `${size.videos} videos, ${size.likes} likes, ${size.reposts} reposts, ${size.comments} comments and ${size.views} views`,
    );
    await writeVideos(sql, size);
    progress(`${size.conversations} conversations and ${size.messages} messages`);
    await writeTalk(sql, size);
    progress(`${size.shares} shares`);
    await writeShares(sql, size);
    progress("the indexes of search");
    for (const { definition } of later) await sql(String(definition));
    await sql("discard temporary");
    await sql("reset all");
    progress("vacuum and analyze");
    await sql("vacuum analyze");
    await sql("checkpoint");
  } finally {
    await runner.release();
  }
  return size;
}
