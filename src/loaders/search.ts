/** Search: people, videos and hashtags by a few letters, in one order, of what the viewer may see. */
import { plainColumns } from "../entities/naming.ts";
import { User } from "../entities/user.ts";
import { Video } from "../entities/video.ts";
import { MAX_ID } from "../ids.ts";
import { hashtagVisible } from "../visibility/hashtag.ts";
import { areFriends, isHere, userVisible } from "../visibility/user.ts";
import { videoVisible } from "../visibility/video.ts";
import { hashtagByExactName } from "./hashtag.ts";
import { type Loads, type Page, type PageRequest, page } from "./kinds.ts";
import { containing, lateral, way } from "./search-steps.ts";
import { cleanTerm, foldedTerm, keyOfTerm, plainly, wordsOf } from "./search-term.ts";
import { userById } from "./user.ts";
import { videoById } from "./video.ts";

/** How many rows in a row that begin with the term, and are hidden or were found already, are passed over. */
const CANDIDATES = 5_000;

/** Where a result stands: the ways to be found in their order, and the order within each. */
interface Hit {
  readonly way: number;
  readonly key: string;
  readonly place: string;
  readonly id: string | null;
  readonly name: string | null;
}

const term = `
  select
    f.text,
    f.text || chr(1114111) as beyond,
    ${plainly("f.text")} || '%' as beginning,
    '% ' || ${plainly("f.text")} || '%' as word_beginning,
    ${wordsOf("f.text")} as words,
    exists (
      select
      from regexp_split_to_table(f.text, '[^[:alnum:]]+') as r (run)
      where cardinality(show_trgm(r.run)) >= 4
    ) as is_indexed
  from ${foldedTerm} as f
  where f.text <> ''`;

const isFriend = (user: string) => areFriends("k.viewer_id", `${user}.id`);
const isWordOf = (user: string) =>
  `(fold(${user}.display_name) like t.beginning or fold(${user}.display_name) like t.word_beginning)`;
const ofPeople = "k.scope in ('ALL', 'PEOPLE')";

const hits = page<Hit>({
  name: "search",
  key: { scope: "text", term: "text" },
  direction: "asc",
  oneWay: true,
  order: [
    { sql: "h.way", type: "integer", value: (hit) => hit.way },
    { sql: 'h.key collate "C"', type: "text", value: (hit) => hit.key },
    { sql: "h.place", type: "bigint", value: (hit) => hit.place },
  ],
  sql: ({ k, bounds, order, limit }) => `
    select k.nr, h.way, h.key, h.place, h.id, h.name
    from ${k}
    ${lateral("t", term)}
    ${lateral("p", `select ${bounds?.[0] ?? "-1"} as way, ${bounds?.[1] ?? "''"} as key, ${bounds?.[2] ?? "0"}::bigint as place`)}
    ${way(
      "friends",
      limit,
      `
      select u.id
      from friendships f
      join users u on u.id = f.friend_id and ${userVisible("k.viewer_id", "u")}
      where f.user_id = k.viewer_id and ${ofPeople} and p.way <= 0
        and (u.handle like t.beginning or ${isWordOf("u")})
        and (p.way < 0 or (u.handle collate "C", u.id) > (p.key, p.place))
      order by u.handle collate "C", u.id`,
    )}
    ${way(
      "handles",
      "friends.room",
      `
      select c.id
      from (
        select ${plainColumns(User, "u")}
        from users u
        where ${ofPeople} and p.way <= 1 and ${isHere("u")} and u.handle collate "C" < t.beyond
          and (u.handle collate "C", u.id) > (
            case when p.way = 1 then p.key else t.text end, case when p.way = 1 then p.place else -1 end
          )
        order by u.handle collate "C", u.id
        limit ${CANDIDATES}
      ) as c
      where c.handle like t.beginning and ${userVisible("k.viewer_id", "c")} and not ${isFriend("c")}
      order by c.handle collate "C", c.id`,
    )}
    ${way(
      "names",
      "handles.room",
      `
      select c.id
      from (
        select ${plainColumns(User, "u")}, fold(u.display_name) collate "C" as key
        from users u
        where ${ofPeople} and p.way <= 2 and ${isHere("u")} and fold(u.display_name) collate "C" < t.beyond
          and (fold(u.display_name) collate "C", u.id) > (
            case when p.way = 2 then p.key else t.text end, case when p.way = 2 then p.place else -1 end
          )
        order by fold(u.display_name) collate "C", u.id
        limit ${CANDIDATES}
      ) as c
      where c.key like t.beginning and not c.handle like t.beginning
        and ${userVisible("k.viewer_id", "c")} and not ${isFriend("c")}
      order by c.key, c.id`,
    )}
    ${containing({
      name: "people",
      way: 3,
      room: "names.room",
      wanted: `${ofPeople} and char_length(t.text) >= 3`,
      table: "users",
      columns: plainColumns(User, "c"),
      text: "(c.handle || ' ' || fold(c.display_name))",
      condition: `${userVisible("k.viewer_id", "c")}
        and not c.handle like t.beginning and not fold(c.display_name) like t.beginning
        and not (${isWordOf("c")} and ${isFriend("c")})`,
    })}
    ${lateral(
      "tags",
      `select array(
        select c.name
        from (
          select h.name, h.video_count, (fold(h.name) || ' ' || h.name) collate "C" as key
          from hashtags h
          where k.scope in ('ALL', 'HASHTAGS') and p.way <= 4
            and (fold(h.name) || ' ' || h.name) collate "C" < t.beyond
            and (fold(h.name) || ' ' || h.name) collate "C" > case when p.way = 4 then p.key else t.text end
          order by (fold(h.name) || ' ' || h.name) collate "C"
          limit ${CANDIDATES}
        ) as c
        where c.key like t.beginning and ${hashtagVisible("k.viewer_id", "c")}
        order by c.key
        limit people.room
      ) as names`,
    )}
    ${containing({
      name: "captions",
      way: 5,
      room: "(people.room - cardinality(tags.names))",
      wanted: "k.scope = 'ALL'",
      table: "videos",
      columns: plainColumns(Video, "c"),
      text: "fold(c.caption)",
      condition: videoVisible("k.viewer_id", "c"),
    })}
    cross join lateral (
      select 0 as way, u.handle as key, u.id as place, u.id, null as name
      from unnest(friends.ids) as found (id)
      join users u on u.id = found.id
      union all
      select 1 as way, u.handle as key, u.id as place, u.id, null as name
      from unnest(handles.ids) as found (id)
      join users u on u.id = found.id
      union all
      select 2 as way, fold(u.display_name) as key, u.id as place, u.id, null as name
      from unnest(names.ids) as found (id)
      join users u on u.id = found.id
      union all
      select 3 as way, '' as key, ${MAX_ID} - found.id as place, found.id, null as name
      from unnest(people_newest.ids || people.ids) as found (id)
      union all
      select 4 as way, fold(found.name) || ' ' || found.name as key, 0 as place, null as id, found.name
      from unnest(tags.names) as found (name)
      union all
      select 5 as way, '' as key, ${MAX_ID} - found.id as place, found.id, null as name
      from unnest(captions_newest.ids || captions.ids) as found (id)
    ) as h
    order by k.nr, ${order}`,
});

/** What a search has found: a row of the type that it names. */
export interface Found {
  readonly type: "User" | "Video" | "Hashtag";
  readonly row: object;
}

async function read(loads: Loads, { way, id, name }: Hit): Promise<Found | null> {
  const [type, row] =
    name !== null
      ? (["Hashtag", await hashtagByExactName(loads, name)] as const)
      : way === 5
        ? (["Video", await videoById(loads, id ?? "")] as const)
        : (["User", await userById(loads, id ?? "")] as const);
  return row === null ? null : { type, row };
}

const NOTHING: Page<Found> = { rows: [], hasNextPage: false, hasPreviousPage: false, cursorOf: () => "" };

/**
 * What a term finds, best first: friends; people by the beginning of their handle, of their name, and by what is in
 * them; hashtags; videos by their caption, newest first. With `@` people alone, with `#` hashtags. Throws BAD_USER_INPUT
 * for more than 100 characters.
 */
export async function search(loads: Loads, query: string, request: PageRequest): Promise<Page<Found>> {
  const text = cleanTerm(query);
  const scope = /^[@＠]/.test(text) ? "PEOPLE" : /^[#＃]/.test(text) ? "HASHTAGS" : "ALL";
  const words = scope === "ALL" ? text : text.slice(1).trim();
  if (words === "") return NOTHING;
  const found = await hits(loads, [scope, keyOfTerm(words)], request);
  const cursors = new Map<Found, string>();
  const results = await Promise.all(found.rows.map((hit) => read(loads, hit)));
  results.forEach((result, at) => {
    const hit = found.rows[at];
    // Whatever has disappeared in between is left out.
    if (result !== null && hit !== undefined) cursors.set(result, found.cursorOf(hit));
  });
  return { ...found, rows: [...cursors.keys()], cursorOf: (result) => cursors.get(result) ?? "" };
}
