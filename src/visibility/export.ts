/** Who may see an export. */

/** SQL: whether the viewer may see the row `row` of data_exports: it is about them. */
export function exportVisible(viewer: string, row: string): string {
  return `${row}.user_id = ${viewer}`;
}
