/** Reads of whom the viewer's contacts lead to. */
import { findableByContacts } from "../visibility/contact.ts";
import { userVisible } from "../visibility/user.ts";
import { page } from "./kinds.ts";
import { type SeenUser, userById, userColumns } from "./user.ts";

/** The people in the viewer's contacts who may be found by them, who joined last first. */
export const contactMatchesOf = page<SeenUser>({
  name: "contact_matches_of",
  key: { owner_id: "bigint" },
  direction: "desc",
  order: [{ sql: "u.id", type: "bigint", value: (user) => user.id }],
  prime: userById.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${userColumns("u")}
    from ${k}
    cross join lateral (
      select u.id
      from (
        select distinct p.user_id as id
        from contacts c
        join contact_points p on p.hash = c.hash
        where c.user_id = k.viewer_id and c.user_id = k.owner_id
      ) m
      join users u on u.id = m.id and ${userVisible("k.viewer_id", "u")} and ${findableByContacts("k.viewer_id", "u")}
      where ${within}
      order by ${order}
      limit ${limit}
    ) m
    join users u on u.id = m.id
    order by k.nr, ${order}`,
});
