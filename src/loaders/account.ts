/** Reads of what belongs to the viewer alone. */
import { Account } from "../entities/account.ts";
import { columns } from "../entities/naming.ts";
import { User } from "../entities/user.ts";
import { isHere } from "../visibility/user.ts";
import { one } from "./kinds.ts";

const UNTOLD = ["passwordHash", "requestsDay", "requestsToday", "contactsDay", "contactsToday"] as const;

/** A person's account as they read it: without its password's hash and the counters of its limits. */
export type OwnAccount = Omit<Account, (typeof UNTOLD)[number]>;

/** The viewer's own account, with what their privacy settings say; null for anybody else's. */
export const ownAccount = one<OwnAccount & User>({
  name: "own_account",
  key: { user_id: "bigint" },
  keyOf: ({ userId }) => [userId],
  sql: (k) => `
    select k.nr, ${columns(User, "u")}, ${columns(Account, "a", [...UNTOLD, "birthDate"])},
      to_char(a.birth_date, 'YYYY-MM-DD') as "birthDate"
    from ${k}
    join users u on u.id = k.user_id and u.id = k.viewer_id and ${isHere("u")}
    join accounts a on a.user_id = u.id`,
});
