/** Reads of people. */
import { columns } from "../entities/naming.ts";
import { User } from "../entities/user.ts";
import { userVisible } from "../visibility/user.ts";
import { one } from "./kinds.ts";

/** A person by id. */
export const userById = one<User>({
  name: "user_by_id",
  key: { id: "bigint" },
  keyOf: (user) => [user.id],
  sql: (k) => `
    select k.nr, ${columns(User, "u")}
    from ${k}
    join users u on u.id = k.id
    where ${userVisible("k.viewer_id", "u")}`,
});
