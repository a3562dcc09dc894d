/** Reads of pins: the messages that are kept at hand in a conversation. */
import { messageHidden, messageObject, messageVisible } from "../visibility/message.ts";
import { fact, type Loads } from "./kinds.ts";
import { messageAt, messageTable, type SeenMessage } from "./message.ts";

const pins = fact<readonly SeenMessage[]>({
  name: "pinned_messages",
  key: { conversation_id: "bigint" },
  missing: [],
  sql: (k) => `
    select k.nr, x.value
    from ${k}
    join participants p on p.conversation_id = k.conversation_id and p.user_id = k.viewer_id
    cross join lateral (
      select json_agg(${messageObject("k.viewer_id", "m", "p")} order by x.pinned_at desc, x.position desc) as value
      from pins x
      cross join lateral (
        select ${messageTable}
        from messages m
        where m.conversation_id = x.conversation_id and m.position = x.position
          and ${messageVisible("m.position", "p")} and not ${messageHidden("m.sender_id", "m.position", "p")}
        limit 1
      ) m
      where x.conversation_id = k.conversation_id
    ) x
    where x.value is not null`,
});

/** The pinned messages of a conversation that the viewer can read, newest pin first; at most 50. */
export async function pinnedMessagesOf(
  loads: Loads,
  conversationId: string,
): Promise<readonly SeenMessage[]> {
  const messages = await pins(loads, conversationId);
  for (const message of messages) messageAt.prime(loads, message);
  return messages;
}
