/** People of the bench's world: accounts, friendships by a power law, requests and blocks. */
import {
  any,
  DAY_MS,
  JOINED_BY_DAY,
  joinedMs,
  LAST_DAY,
  oneOf,
  personId,
  roll,
  type Sql,
  skewed,
  talker,
  timeAt,
  type WorldSize,
} from "./draw.ts";

const GIVEN_NAMES = [
  "maya",
  "jonas",
  "aiko",
  "leila",
  "tomas",
  "nia",
  "oskar",
  "ines",
  "ravi",
  "zoe",
  "emre",
  "lucia",
];
const FAMILY_NAMES = [
  "Okafor",
  "Lindqvist",
  "Tanaka",
  "Haddad",
  "Novak",
  "Moreau",
  "Silva",
  "Berger",
  "Kaya",
  "Rossi",
];
const BIOS = [
  "Climber, coffee, old synths.",
  "Here for my sister's cooking videos.",
  "Films trains. Sometimes boats.",
  "Physio in training. Dogs over everything 🐕",
];
const COUNTRIES = ["DE", "FR", "JP", "BR", "TR", "SE"];

/** Nobody has more friends than this, as the product allows 5,000. */
const MOST_FRIENDS = 4_000;
const STEEPNESS = 0.5;

/** How far the curve of friendships is shifted so that the best connected stay below the limit. */
function offsetOfFriendships({ living, friendships }: WorldSize): number {
  const most = Math.min(MOST_FRIENDS, living / 3);
  const power = 1 - STEEPNESS;
  for (let offset = 1; ; offset *= 1.5) {
    const share = ((1 + offset) ** power - offset ** power) / ((living + offset) ** power - offset ** power);
    if (share * friendships * 2 <= most || offset > living) return offset;
  }
}

/** Draws who is connected with whom into temporary tables, for counters are written with the rows that they count. */
export async function drawPeople(sql: Sql, size: WorldSize): Promise<void> {
  const { living, people, friendships } = size;
  const offset = offsetOfFriendships(size);
  await sql(`
    create temp table pairs as
    select row_number() over (order by ${roll("pair", "low * 1000000::bigint + high")}, low, high)::integer as k, low, high
    from (
      select distinct least(a, b) as low, greatest(a, b) as high
      from (
        select ${skewed("friend a", "i", living, STEEPNESS, offset)} as a, ${skewed("friend b", "i", living, STEEPNESS, offset)} as b
        from generate_series(1, ${friendships * 2}) i
      ) drawn
      where a <> b
    ) distinct_pairs`);
  await sql(`delete from pairs where k > ${friendships}`);
  await sql("create unique index on pairs (low, high)");
  await sql(`
    create temp table friend_lists as
    select n, array_agg(friend order by ${roll("friend list", "friend")}, friend) as friends
    from (select low as n, high as friend from pairs union all select high, low from pairs) directed
    group by n`);
  await sql("create unique index on friend_lists (n)");
  const strangers = "not exists (select from pairs p where p.low = least(a, b) and p.high = greatest(a, b))";
  await sql(`
    create temp table asked as
    select row_number() over ()::integer as k, a, b
    from (
      select distinct on (least(a, b), greatest(a, b)) a, b
      from (
        select ${any("asker", "i", living)} as a, ${talker(size, "asked", "i")} as b
        from generate_series(1, ${Math.ceil(people / 2)}) i
      ) drawn
      where a <> b and ${strangers}
      order by least(a, b), greatest(a, b), a
    ) distinct_asks`);
  await sql("create index on asked (least(a, b), greatest(a, b))");
  await sql(`
    create temp table blocked as
    select distinct a, b
    from (
      select ${talker(size, "blocker", "i")} as a, ${talker(size, "blocked", "i")} as b
      from generate_series(1, ${Math.ceil(people / 4)}) i
    ) drawn
    where a <> b and ${strangers}
      and not exists (select from asked q where least(q.a, q.b) = least(drawn.a, drawn.b) and greatest(q.a, q.b) = greatest(drawn.a, drawn.b))`);
  await sql("analyze pairs");
  await sql("analyze friend_lists");
  await sql("analyze blocked");
}

/**
 * Writes the people, with counters that are right, and what connects them. Those who are deleted have just been: after
 * thirty days the server would begin to erase them, and the three servers would no longer have the same world.
 */
export async function writePeople(sql: Sql, size: WorldSize): Promise<void> {
  const id = (n: string) => personId(size, n);
  const declined = `${roll("declined", "k")} < 0.1`;
  const askedMs = `${LAST_DAY - 30} * ${DAY_MS}::bigint + (30 * ${DAY_MS}::bigint * ${roll("asked at", "k")})::bigint`;
  await sql(`
    insert into users (
      id, handle, display_name, bio, avatar_url, country, created_at, deleted_at, friend_count, waiting_request_count,
      friend_list_visible_to
    )
    select
      ${id("n")},
      given || '.' || n,
      initcap(given) || ' ' || ${oneOf("family name", "n", FAMILY_NAMES)},
      case when ${roll("has bio", "n")} < 0.7 then ${oneOf("bio", "n", BIOS)} end,
      case when ${roll("has avatar", "n")} < 0.8 then 'https://media.kith.example/avatars/' || n || '.webp' end,
      ${oneOf("country", "n", COUNTRIES)},
      ${timeAt(joinedMs(size, "n"))},
      case when n > ${size.living} then now() end,
      coalesce(cardinality(l.friends), 0),
      coalesce(w.waiting, 0),
      (case
        when reach < 0.3 then 'EVERYONE'
        when reach < 0.4 then 'FRIENDS_OF_FRIENDS'
        when reach < 0.9 then 'FRIENDS'
        when reach < 0.95 then 'CLOSE_FRIENDS'
        else 'NO_ONE'
      end)::reach
    from (
      select n, ${oneOf("given name", "n", GIVEN_NAMES)} as given, ${roll("reach", "n")} as reach
      from generate_series(1, ${size.people}) n
    ) drawn
    left join friend_lists l using (n)
    left join (select b as n, count(*) as waiting from asked where not ${declined} group by b) w using (n)`);
  await sql(`
    insert into accounts (user_id, password_hash, birth_date)
    select id, 'nobody signs in here', date '1985-01-01' + ${any("birth date", "id", 6_000)} from users`);
  await sql("insert into handles (handle, user_id) select handle, id from users");
  await sql("insert into viewer_logs (viewer_id) select id from users");

  const sinceMs = `${JOINED_BY_DAY * DAY_MS} + (${(LAST_DAY - JOINED_BY_DAY) * DAY_MS}::bigint * ${roll("since", "k")})::bigint`;
  await sql(`
    insert into friendships (user_id, friend_id, since, is_close)
    select ${id("n")}, ${id("friend")}, ${timeAt(sinceMs)}, ${roll("close", "n * 1000000::bigint + friend")} < 0.1
    from (select k, low as n, high as friend from pairs union all select k, high, low from pairs) directed
    order by k`);
  await sql(`
    insert into friend_requests (user_id, other_id, direction, created_at, declined_at)
    select ${id("a")}, ${id("b")}, 'OUTGOING'::request_direction, ${timeAt(askedMs)}, null from asked
    union all
    select ${id("b")}, ${id("a")}, 'INCOMING'::request_direction, ${timeAt(askedMs)}, case when ${declined} then ${timeAt(`${askedMs} + 3600000`)} end
    from asked`);
  await sql(`
    insert into blocks (user_id, blocked_id, created_at)
    select ${id("a")}, ${id("b")}, ${timeAt(`${LAST_DAY - 10} * ${DAY_MS}::bigint + a`)}
    from blocked`);
}
