/** Reads of people. */
import { columns } from "../entities/naming.ts";
import { User } from "../entities/user.ts";
import { userVisible } from "../visibility/user.ts";
import { type Loads, one } from "./kinds.ts";

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

const userByExactHandle = one<User>({
  name: "user_by_handle",
  key: { handle: "text" },
  keyOf: (user) => [user.handle.toLowerCase()],
  sql: (k) => `
    select k.nr, ${columns(User, "u")}
    from ${k}
    join handles h on h.handle = k.handle and h.freed_at is null
    join users u on u.id = h.user_id
    where ${userVisible("k.viewer_id", "u")}`,
});

const HANDLE = /^[a-z0-9._]{1,30}$/;

/** A person by handle, without regard to case; null as well for what can't be a handle. */
export async function userByHandle(loads: Loads, handle: string): Promise<User | null> {
  const lowered = handle.toLowerCase();
  return HANDLE.test(lowered) ? userByExactHandle(loads, lowered) : null;
}
