/** Reads of what belongs to the viewer alone. */
import { Account } from "../entities/account.ts";
import { columns } from "../entities/naming.ts";
import { User } from "../entities/user.ts";
import { isHere } from "../visibility/user.ts";
import { one } from "./kinds.ts";

/** A person's account without its password's hash. */
export type OwnAccount = Omit<
  Account,
  "passwordHash" | "requestsDay" | "requestsToday" | "contactsDay" | "contactsToday"
>;

/** The viewer's own account, with what their privacy settings say; null for anybody else's. */
export const ownAccount = one<OwnAccount & User>({
  name: "own_account",
  key: { user_id: "bigint" },
  keyOf: ({ userId }) => [userId],
  sql: (k) => `
    select k.nr, ${columns(User, "u")}, ${columns(Account, "a", ["passwordHash", "birthDate", "requestsDay", "requestsToday", "contactsDay", "contactsToday"])},
      to_char(a.birth_date, 'YYYY-MM-DD') as "birthDate"
    from ${k}
    join users u on u.id = k.user_id and u.id = k.viewer_id and ${isHere("u")}
    join accounts a on a.user_id = u.id`,
});
