/** Who may see a conversation: those who take part in it, and whoever holds a message request from it. */

/**
 * SQL: whether `entry`, a row of participants or of the inbox, lets its person see the conversation. The two tables say
 * the same of everybody: one is asked by conversation, the other by viewer.
 */
export function conversationVisible(entry: string): string {
  return `${entry}.state in ('ACTIVE', 'REQUEST')`;
}

/** SQL: whether the person of `entry`, a row of either table, takes part in the conversation: it is no message request. */
export function isActive(entry: string): string {
  return `${entry}.state = 'ACTIVE'`;
}

/**
 * SQL: whether the person of the row `participant` of participants has met the others there: they see the conversation,
 * something is there to be seen, and it is no request that they declined.
 */
export function hasMet(participant: string): string {
  return `(
    ${conversationVisible(participant)} and not ${participant}.has_declined
    and exists (
      select
      from inbox met
      where met.user_id = ${participant}.user_id and met.conversation_id = ${participant}.conversation_id
        and met.last_activity_at is not null
    )
  )`;
}

/** SQL: whether the viewer, whose row of the inbox is `entry`, wants to hear nothing of the conversation now. */
export function isMuted(entry: string): string {
  return `coalesce(${entry}.muted_until > now(), false)`;
}

/** SQL: whether the conversation shows as unread: others have said something, or the viewer wants to come back to it. */
export function isUnread(entry: string): string {
  return `(${entry}.unread > 0 or ${entry}.marked_unread)`;
}

/** SQL: whether the row `direct` of direct_conversations is the one of two people. */
export function isOfPair(direct: string, one: string, other: string): string {
  return `(${direct}.low_id = least(${one}, ${other}) and ${direct}.high_id = greatest(${one}, ${other}))`;
}
