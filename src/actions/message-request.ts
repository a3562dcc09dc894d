/** Answering message requests: letting somebody in, or hearing no more of them, of which they are not told. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import { requireFound } from "../errors.ts";
import { conversationById } from "../loaders/conversation.ts";
import { requireViewer } from "../viewer.ts";
import { type ActionContext, write } from "./context.ts";

type Asked = { conversationId: string; viewerId: string };

// A send that waits for the lock starts over, and finds the request answered.
const lockRequest = statement<Asked, { conversationId: string }>(
  "message_request_lock",
  `
  update conversations c
  set membership = c.membership + 1
  from participants p
  where c.id = :conversationId and p.conversation_id = c.id and p.user_id = :viewerId and p.state = 'REQUEST'
  returning c.id as "conversationId"`,
);

const accept = statement<Asked, { userId: string }>(
  "message_request_accept",
  `
  with conversation as (
    update conversations c
    -- Where nothing was said, there is nobody to be let in yet.
    set asks_policy = c.asks_policy and c.last_position = 0
    where c.id = :conversationId
  ),
  accepted as (
    update participants p
    set state = 'ACTIVE', has_declined = false
    where p.conversation_id = :conversationId and p.user_id = :viewerId and p.state = 'REQUEST'
    returning p.conversation_id, p.user_id
  )
  update inbox i
  set
    state = 'ACTIVE',
    last_activity_at = coalesce(i.last_activity_at, case when c.last_position > 0 then c.last_activity_at end)
  from accepted a
  join conversations c on c.id = a.conversation_id
  where i.user_id = a.user_id and i.conversation_id = a.conversation_id
  returning i.user_id as "userId"`,
);

const decline = statement<Asked, { userId: string }>(
  "message_request_decline",
  `
  with declined as (
    update participants p
    set has_declined = true
    where p.conversation_id = :conversationId and p.user_id = :viewerId and p.state = 'REQUEST' and not p.has_declined
    returning p.conversation_id, p.user_id
  )
  update inbox i
  set last_activity_at = null
  from declined d
  where i.user_id = d.user_id and i.conversation_id = d.conversation_id
  returning i.user_id as "userId"`,
);

async function requireConversation(context: ActionContext, conversationId: string) {
  const { userId: viewerId } = requireViewer(context);
  const found = await conversationById(context.loads, conversationId);
  return { viewerId, state: requireFound(found, "conversation", "conversationId").state };
}

const isRequest = async (queries: Queries, place: Asked) =>
  (await queries.run(lockRequest, place)).length > 0;

/**
 * Lets in who would like to talk; also somebody whose request was declined before. Accepting what is no request changes
 * nothing. Throws NOT_FOUND.
 */
export async function acceptMessageRequest(context: ActionContext, conversationId: string): Promise<void> {
  const { viewerId, state } = await requireConversation(context, conversationId);
  if (state !== "REQUEST") return;
  await write(context, async (queries, tell) => {
    if (!(await isRequest(queries, { conversationId, viewerId }))) return;
    for (const { userId } of await queries.run(accept, { conversationId, viewerId })) {
      tell({ viewerId: userId, kind: "CONVERSATION_CHANGED", ids: [conversationId] });
    }
  });
}

/** Puts a message request out of sight, whatever else is said in it; to be called with the viewer's own id. */
export async function hideRequest(
  context: ActionContext,
  conversationId: string,
  viewerId: string,
): Promise<void> {
  await write(context, async (queries, tell) => {
    if (!(await isRequest(queries, { conversationId, viewerId }))) return;
    for (const { userId } of await queries.run(decline, { conversationId, viewerId })) {
      tell({ viewerId: userId, kind: "CONVERSATION_LEFT", ids: [conversationId] });
    }
  });
}

/**
 * Declines a message request, which the other is not told: for them nothing changes. Writing to them, or becoming their
 * friend, brings it back. Declining what is no request changes nothing. Throws NOT_FOUND.
 */
export async function declineMessageRequest(context: ActionContext, conversationId: string): Promise<void> {
  const { viewerId, state } = await requireConversation(context, conversationId);
  if (state === "REQUEST") await hideRequest(context, conversationId, viewerId);
}
