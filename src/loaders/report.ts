/** Reads of reports. */

import { plainColumns } from "../entities/naming.ts";
import { Report, type ReportStatus } from "../entities/report.ts";
import { RequestError } from "../errors.ts";
import { NOBODY } from "../ids.ts";
import { reportColumns, reportVisible } from "../visibility/report.ts";
import { type Loads, one, type Page, type PageRequest, page } from "./kinds.ts";
import { userById } from "./user.ts";

/** A report as the viewer sees it. */
export interface SeenReport extends Omit<Report, "reporterId" | "resolvedAt" | "resolvedBy"> {
  /** Null for a moderator whom it is about. */
  readonly reporterId: string | null;
}

/** Whether the viewer reads reports and resolves them: by their handle, as the configuration says. */
export async function isModerator(loads: Loads): Promise<boolean> {
  const { moderators } = loads.batch;
  if (moderators.length === 0 || loads.viewerId === NOBODY) return false;
  const viewer = await userById(loads, loads.viewerId);
  return viewer !== null && moderators.includes(viewer.handle.toLowerCase());
}

const moderates = async (loads: Loads) => ((await isModerator(loads)) ? 1 : 0);

interface KeyedReport extends SeenReport {
  readonly moderates: number;
}

const seenColumns = `${reportColumns("k.viewer_id", "k.moderates", "r")}, k.moderates`;

const seenReport = one<KeyedReport>({
  name: "report_by_id",
  key: { id: "bigint", moderates: "integer" },
  keyOf: (report) => [report.id, report.moderates],
  sql: (k) => `
    select k.nr, ${seenColumns}
    from ${k}
    join reports r on r.id = k.id
    where ${reportVisible("k.viewer_id", "k.moderates", "r")}`,
});

/** A report by id. */
export const reportById = async (loads: Loads, id: string | number): Promise<SeenReport | null> =>
  seenReport(loads, id, await moderates(loads));

const reportsPage = (name: string, condition: string, before: (way: string) => string) =>
  page<KeyedReport>({
    name,
    key: { status: "text", moderates: "integer" },
    direction: "desc",
    order: [{ sql: "r.id", type: "bigint", value: ({ id }) => id }],
    prime: seenReport.prime,
    sql: ({ k, within, order, limit }) => `
      select k.nr, ${seenColumns}
      from ${k}
      cross join lateral (
        select ${plainColumns(Report, "r")}
        from reports r
        where k.moderates = 1 and ${condition} and ${within}
        order by ${before(order.endsWith("desc") ? "desc" : "asc")} ${order}
        limit ${limit}
      ) r
      order by k.nr, ${order}`,
  });

const allReports = reportsPage("reports", "true", () => "");

// A range of one, in an order that only the index by status has: the few that are open may be far from the newest.
const reportsOfStatus = reportsPage(
  "reports_of_status",
  "r.status between k.status::report_status and k.status::report_status",
  (way) => `r.status ${way},`,
);

/** All reports, or those of a status, newest first; throws FORBIDDEN for everybody but moderators. */
export async function reportsFor(
  loads: Loads,
  status: ReportStatus | null,
  request: PageRequest,
): Promise<Page<SeenReport>> {
  if (!(await isModerator(loads))) {
    throw new RequestError("FORBIDDEN", "Only moderators read what others have reported.");
  }
  return status === null ? allReports(loads, ["", 1], request) : reportsOfStatus(loads, [status, 1], request);
}
