/** Mentions in messages: telling those who are mentioned and can read it, and taking that back. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { isActive } from "../visibility/conversation.ts";
import { messageHidden, messageVisible } from "../visibility/message.ts";
import type { Tell } from "./context.ts";
import { forget, notify, type Thing } from "./notification.ts";
import type { Place } from "./seen-message.ts";

const lock = statement<{ userIds: readonly string[] }, Nothing>(
  "message_mention_lock_people",
  `
  select
  from users u
  where u.id = any(:userIds::bigint[])
  order by u.id
  for key share`,
);

/**
 * Keeps people from disappearing until they are told that they are mentioned; to be called with the sender among them,
 * before the conversation is locked: whoever hides somebody locks people first, too.
 */
export async function lockMentioned(queries: Queries, userIds: readonly string[]): Promise<void> {
  await queries.run(lock, { userIds });
}

const readReaders = statement<Place & { senderId: string; userIds: readonly string[] }, { userId: string }>(
  "message_mention_readers",
  `
  select p.user_id as "userId"
  from unnest(:userIds::bigint[]) as u (id)
  join participants p on p.conversation_id = :conversationId and p.user_id = u.id and ${isActive("p")}
    and ${messageVisible(":position::integer", "p")}
    and not ${messageHidden(":senderId::bigint", ":position::integer", "p")}`,
);

const mention = ({ conversationId, position }: Place, userId: string): Thing => ({
  userId,
  kind: "MENTION",
  subject: [conversationId, String(position)],
});

/**
 * Tells those of the mentioned who can read a message: neither who joined after it, nor who hasn't answered the message
 * request that it is. To be called with the conversation locked, in the transaction that has written who is mentioned.
 */
export async function tellOfMentions(
  queries: Queries,
  tell: Tell,
  place: Place,
  { senderId, mentions }: { readonly senderId: string; readonly mentions: readonly string[] },
): Promise<void> {
  if (mentions.length === 0) return;
  const readers = await queries.run(readReaders, { ...place, senderId, userIds: mentions });
  const causes = readers.map(({ userId }) => ({ ...mention(place, userId), actorId: senderId }));
  await notify(queries, tell, ...causes);
}

/** Takes back that people are mentioned in a message; to be called with it locked. */
export async function forgetMentions(
  queries: Queries,
  tell: Tell,
  place: Place,
  userIds: readonly string[],
): Promise<void> {
  await forget(queries, tell, ...userIds.map((userId) => mention(place, userId)));
}

// Arrays are in the order of their first numbers, so that the index finds them all side by side.
const readMentions = statement<{ conversationId: string; userId: string }, { subject: string[] }>(
  "message_mentions_in",
  `
  select n.subject
  from notifications n
  where n.user_id = :userId and n.kind = 'MENTION'
    and n.subject > array[:conversationId::bigint] and n.subject < array[:conversationId::bigint + 1]`,
);

/** All that a person was told of being mentioned in a conversation, for `forget`; to be called with it locked. */
export async function mentionsIn(queries: Queries, conversationId: string, userId: string): Promise<Thing[]> {
  const mentions = await queries.run(readMentions, { conversationId, userId });
  return mentions.map(({ subject }) => ({ userId, kind: "MENTION", subject }));
}
