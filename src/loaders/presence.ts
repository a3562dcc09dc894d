/** Who is in a conversation at this moment, as each of those who watch it may know: the reads behind presence. */
import { participantsMeet, takesPart } from "../visibility/presence.ts";
import { sharesActivity } from "./activity.ts";
import { fact, type Loads } from "./kinds.ts";

/** Those who are in a conversation at this moment, by their ids and in the order in which they came. */
export interface Present {
  readonly typing: readonly string[];
  readonly active: readonly string[];
}

/** Of people who are given as ids with commas between them, those whom the viewer meets; null where they take no part. */
const peopleMet = fact<string[] | null>({
  name: "presence_people",
  key: { conversation_id: "bigint", people: "text" },
  missing: null,
  sql: (k) => `
    select k.nr, array(
      select p.user_id
      from participants p
      where p.conversation_id = k.conversation_id and p.user_id = any(string_to_array(k.people, ',')::bigint[])
        and ${participantsMeet("own", "p")}
    ) as value
    from ${k}
    join participants own on own.conversation_id = k.conversation_id and own.user_id = k.viewer_id
      and ${takesPart("own")}`,
});

/** Whether the viewer takes part in a conversation for others to notice: not while it is a message request to them. */
export async function takesPartIn(loads: Loads, conversationId: string): Promise<boolean> {
  return (await peopleMet(loads, conversationId, "")) !== null;
}

/**
 * Whom of those who are in a conversation the viewer may notice: who types, and who is there where both let it be known
 * when they are active. Null where the viewer takes no part.
 */
export async function presentTo(
  loads: Loads,
  conversationId: string,
  { typing, active }: Present,
): Promise<Present | null> {
  const people = [...new Set([...typing, ...active])].join(",");
  const found = await peopleMet(loads, conversationId, people);
  if (found === null) return null;
  const met = new Set(found);
  const there = active.filter((id) => met.has(id));
  const shared = await Promise.all(there.map((id) => sharesActivity(loads, id)));
  return { typing: typing.filter((id) => met.has(id)), active: there.filter((_, at) => shared[at]) };
}
