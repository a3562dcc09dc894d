/** Who may see a report, and how much of it. */

import { columns } from "../entities/naming.ts";
import { Report } from "../entities/report.ts";

/** SQL: whether the viewer may see the row `report` of reports: who has reported, and moderators (where `moderates` is 1). */
export function reportVisible(viewer: string, moderates: string, report: string): string {
  return `(${report}.reporter_id = ${viewer} or ${moderates} = 1)`;
}

const PARTS = ["reporterId", "authorId", "note", "excerpt", "resolvedAt", "resolvedBy"] as const;

/**
 * SQL: the select list of the row `report` as the viewer sees it. What the subject was like is for moderators alone; who
 * has reported a moderator, and in what words, is not for that one.
 */
export function reportColumns(viewer: string, moderates: string, report: string): string {
  const isTold = `(${report}.reporter_id = ${viewer} or ${report}.author_id is distinct from ${viewer})`;
  return `
    ${columns(Report, report, PARTS)},
    case when ${isTold} then ${report}.reporter_id end as "reporterId",
    case when ${isTold} then ${report}.note end as note,
    case when ${moderates} = 1 then ${report}.author_id end as "authorId",
    case when ${moderates} = 1 then ${report}.excerpt end as excerpt`;
}
