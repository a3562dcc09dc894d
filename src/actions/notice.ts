/** Notices: what happens in a group has its place among what is said there. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import type { NoticeKind } from "../entities/message.ts";
import { messageVisible, senderHidden } from "../visibility/message.ts";
import type { Tell } from "./context.ts";

type WriteParameters = {
  conversationId: string;
  senderId: string;
  notice: NoticeKind;
  people: readonly string[];
  title: string | null;
};

// It is nothing that anybody has to read: no count moves, and how far its sender has read stays as it is.
const write = statement<WriteParameters, { position: number; witness: string }>(
  "notice_write",
  `
  with moved as (
    update conversations c
    set last_position = c.last_position + 1, last_activity_at = now()
    where c.id = :conversationId
    returning c.id, c.last_position as position
  ),
  written as (
    insert into messages (conversation_id, position, sender_id, kind, body, notice, notice_user_ids)
    select m.id, m.position, :senderId, 'NOTICE', :title, :notice::notice_kind, :people::bigint[]
    from moved m
  ),
  witnesses as materialized (
    select p.conversation_id, p.user_id, m.position
    from moved m
    join participants p on p.conversation_id = m.id and ${messageVisible("m.position", "p")}
      and not ${senderHidden(":senderId", "p")}
  )
  update inbox i
  set last_activity_at = now()
  from witnesses w
  where i.user_id = w.user_id and i.conversation_id = w.conversation_id
  returning w.position, w.user_id as witness`,
);

export interface GroupNotice {
  readonly kind: NoticeKind;
  /** Who did it. */
  readonly by: string;
  /** To whom it happened. */
  readonly people?: readonly string[];
  /** The new title. */
  readonly title?: string | null;
}

/** Writes down what has happened in a group that is locked, for those who take part in it now, and tells them. */
export async function writeNotice(
  queries: Queries,
  tell: Tell,
  conversationId: string,
  { kind, by, people = [], title = null }: GroupNotice,
): Promise<void> {
  const told = await queries.run(write, { conversationId, senderId: by, notice: kind, people, title });
  // Without a sender among the keys: it is not what somebody has sent to them.
  for (const { position, witness } of told) {
    tell({ viewerId: witness, kind: "MESSAGE_SENT", ids: [conversationId, position] });
  }
}
