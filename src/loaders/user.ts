/** Reads of people. */
import { columns } from "../entities/naming.ts";
import { User } from "../entities/user.ts";
import { userVisible } from "../visibility/user.ts";
import { type Loads, one } from "./kinds.ts";

// What a person lets others do is decided in SQL, and is the account's own to read: it need not travel with every card.
const SETTINGS = [
  "country",
  "deletedAt",
  "suspendedAt",
  "isCounted",
  "friendCount",
  "messagesFrom",
  "friendRequestsFrom",
  "groupInvitesFrom",
  "friendListVisibleTo",
  "activityVisibleTo",
  "showLastActive",
  "discoverableByContacts",
  "suggestMe",
] as const;

/** A person as a card shows them. */
export type SeenUser = Omit<User, (typeof SETTINGS)[number]>;

/** SQL: the select list of a card of the row `user` of users, without what is left out of it. */
export function userColumns(user: string, except: readonly (keyof SeenUser)[] = []): string {
  return columns(User, user, [...SETTINGS, ...except]);
}

/** A person by id. */
export const userById = one<SeenUser>({
  name: "user_by_id",
  key: { id: "bigint" },
  keyOf: (user) => [user.id],
  sql: (k) => `
    select k.nr, ${userColumns("u")}
    from ${k}
    join users u on u.id = k.id
    where ${userVisible("k.viewer_id", "u")}`,
});

/** The people with these ids in their order, as far as the viewer may see them. */
export async function usersByIds(loads: Loads, ids: readonly string[]): Promise<SeenUser[]> {
  const people = await Promise.all(ids.map((id) => userById(loads, id)));
  return people.filter((person) => person !== null);
}
