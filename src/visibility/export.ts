/** Who may see an export, and whose is handed out. */
import { isHere } from "./user.ts";

/** SQL: whether the viewer may see the row `row` of data_exports: it is about them. */
export function exportVisible(viewer: string, row: string): string {
  return `${row}.user_id = ${viewer}`;
}

/**
 * SQL: whether the content of the row `row` of data_exports is handed out to whoever has a good address: its owner is
 * here.
 */
export function isHandedOut(row: string): string {
  return `exists (select from users o where o.id = ${row}.user_id and ${isHere("o")})`;
}
