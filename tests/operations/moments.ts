/** Moments as tests post, find and end them. */
import type { MomentKey } from "../../src/actions/moment-notification.ts";
import { globalId, keyOf } from "../../src/ids.ts";
import type { Person, World } from "../support/world.ts";
import { at } from "../visibility/cast.ts";
import { MOMENT, type Moment, mutate, type Node } from "./mutations.ts";

/** The id of a moment, as the API calls it. */
export const idOf = ({ authorId, id }: MomentKey): string => globalId("moment", authorId, id);

/** The key of a moment by its id. */
export function momentKeyOf(momentId: string | undefined): MomentKey {
  const [authorId = "", id = ""] = keyOf("moment", momentId ?? "");
  return { authorId, id };
}

export const post = (node: Node, person: Person, input: Record<string, unknown>) =>
  mutate(node, person, "postMoment", input);

/** A moment as somebody finds it by its id. */
export async function findMoment(world: World, person: Person, id: string): Promise<Moment | null> {
  const question = `{ node(id: "${id}") { ... on Moment { ${MOMENT} } } }`;
  return at(await world.read(person, question), "node") as Moment | null;
}

/** What a person shows somebody. */
export async function momentsOf(world: World, person: Person, of: Person): Promise<Moment[]> {
  const question = `{ user(id: "${of.globalId}") { moments { ${MOMENT} } } }`;
  return at(await world.read(person, question), "user", "moments") as Moment[];
}

/** Lets the time of a moment be over at this instant, as the database's clock has it. */
export async function expire(world: World, { authorId, id }: MomentKey): Promise<void> {
  await world.server.database.query(
    "update moments set expires_at = now() - interval '1 second' where author_id = $1 and id = $2",
    [authorId, id],
  );
}

/** How many rows there are of a person's moments, or of who has seen them. */
export async function countRows(
  world: World,
  table: "moments" | "moment_views",
  { authorId }: Pick<MomentKey, "authorId">,
): Promise<number> {
  const rows = await world.server.database.query(`select from ${table} where author_id = $1`, [authorId]);
  return rows.length;
}

let circles = 0;
/** Two friends, of whom the second is the first's close friend, and a friend of both. */
export async function momentCircle(world: World): Promise<{ ann: Person; bob: Person; cat: Person }> {
  circles++;
  const [ann, bob, cat] = await world.people(`ann${circles}`, `bob${circles}`, `cat${circles}`);
  await world.befriend(ann, bob, cat);
  await world.befriend(bob, cat);
  await world.close(ann, bob);
  return { ann, bob, cat };
}
