/** Who may see a conversation: those who take part in it, and whoever holds a message request from it. */

/**
 * SQL: whether `entry`, a row of participants or of the inbox, lets its person see the conversation. The two tables say
 * the same of everybody: one is asked by conversation, the other by viewer.
 */
export function conversationVisible(entry: string): string {
  return `${entry}.state in ('ACTIVE', 'REQUEST')`;
}
