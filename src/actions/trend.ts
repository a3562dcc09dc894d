/** What trends, in the background: a list for each country and one for everywhere, made anew every few minutes. */
import { type Nothing, statement } from "../db/sql.ts";
import { EVERYWHERE } from "../entities/trend.ts";
import { TRENDING_LENGTH, TRENDS_KEPT_MINUTES, TRENDS_MADE_MINUTES } from "../limits.ts";
import { NO_COUNTRY } from "../policy.ts";
import { isHere } from "../visibility/user.ts";
import type { Work } from "./context.ts";

// What somebody did counts half as much a day later. What is older than is looked back would count for an eighth, and of
// what was merely watched, which is most of all, for very little.
const HALF_LIFE_DAYS = 1;
const LOOKED_BACK_DAYS = 3;
const VIEWS_LOOKED_BACK_DAYS = 1;
const WEIGHTS = { like: 1, comment: 2, repost: 3, share: 3, view: 0.1 };

/** The lists that are made in the same few minutes are the same lists. */
const slot = `date_bin('${TRENDS_MADE_MINUTES} minutes', now(), 'epoch'::timestamptz)`;

const findLists = statement<Nothing, { found: boolean }>(
  "job_trends_find",
  `select exists (select from trending_videos t where t.country = '${EVERYWHERE}' and t.made_at = ${slot}) as found`,
);

// Everything of some days is read and joined with everybody who did it: no walk along indexes, and nothing to be spilled.
const mayTakeLong = statement<Nothing, never>(
  "job_trends_take_long",
  `
  select
    set_config('statement_timeout', '5min', true), set_config('enable_hashjoin', 'on', true),
    set_config('work_mem', '64MB', true)`,
);

/** SQL: what people did in one way of late; each person once for each video, where their key does not say so. */
const deeds = (table: string, person: string, weight: number, days = LOOKED_BACK_DAYS) => `
  select d.video_id, d.${person} as user_id, ${weight}::float8 as weight, d.created_at as at
  from ${table} d
  where d.created_at > now() - interval '${days} days'`;

const onceEach = (deeds: string) => `
  select d.video_id, d.user_id, d.weight, max(d.at) as at
  from (${deeds}) d
  group by d.video_id, d.user_id, d.weight`;

/** SQL: whether a row counts all people, and not those of one country. Who has none counts there alone. */
const isOfAll = "grouping(u.country) = 1";

const makeLists = statement<Nothing, never>(
  "job_trends_make",
  `
  insert into trending_videos (country, made_at, rank, video_id)
  select r.country, ${slot}, r.rank, r.video_id
  from (
    select s.country, s.video_id,
      row_number() over (partition by s.country order by s.score desc, s.video_id desc) as rank
    from (
      select case when ${isOfAll} then '${EVERYWHERE}' else u.country end as country, d.video_id,
        sum(d.weight * power(2::float8, -extract(epoch from now() - d.at)::float8 / ${HALF_LIFE_DAYS * 86_400})) as score
      from (
        ${deeds("likes", "user_id", WEIGHTS.like)}
        union all
        ${onceEach(`${deeds("comments", "author_id", WEIGHTS.comment)} and d.deleted_at is null`)}
        union all
        ${deeds("reposts", "user_id", WEIGHTS.repost)}
        union all
        ${onceEach(deeds("sharings", "user_id", WEIGHTS.share))}
        union all
        ${onceEach(deeds("views", "user_id", WEIGHTS.view, VIEWS_LOOKED_BACK_DAYS))}
      ) d
      join users u on u.id = d.user_id and ${isHere("u")}
      join videos v on v.id = d.video_id and v.audience = 'PUBLIC' and v.status = 'READY' and v.author_id <> u.id
      join users a on a.id = v.author_id and ${isHere("a")}
      group by grouping sets ((u.country, d.video_id), (d.video_id))
      having ${isOfAll} or u.country <> '${NO_COUNTRY}'
    ) s
  ) r
  where r.rank <= ${TRENDING_LENGTH}`,
);

const dropLists = statement<Nothing, never>(
  "job_trends_drop",
  `
  delete from trending_videos t
  where t.made_at < now() - interval '${TRENDS_KEPT_MINUTES} minutes'`,
);

/**
 * Makes the lists of these minutes, unless they are made, and drops those of an hour ago. All of it is one transaction:
 * a reader finds the last lists whole, or these. Of two nodes at once one waits for the other at the lists' key, finds
 * that they are made, and makes none.
 */
export const makeTrends: Work = async ({ database }) => {
  await database.transaction(async (queries) => {
    const [lists] = await queries.run(findLists, {});
    if (lists?.found === true) return;
    await queries.run(mayTakeLong, {});
    await queries.run(makeLists, {});
    await queries.run(dropLists, {});
  });
};
