/** Who may see a session. */

/** SQL: whether the row `session` of sessions is one of the viewer's own that is open: nobody else's are seen. */
export function sessionVisible(viewer: string, session: string): string {
  return `(${session}.user_id = ${viewer} and ${session}.ended_at is null and ${session}.expires_at > now())`;
}
