/** A report: somebody says that something should not be there. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";

const REPORT_SUBJECTS = ["USER", "VIDEO", "CONVERSATION", "MESSAGE", "COMMENT", "MOMENT"] as const;
export type ReportSubject = (typeof REPORT_SUBJECTS)[number];

export const REPORT_REASONS = [
  "SPAM",
  "HARASSMENT",
  "SEXUAL_CONTENT",
  "CHILD_SAFETY",
  "SELF_HARM",
  "VIOLENCE",
  "IMPERSONATION",
  "ILLEGAL",
  "OTHER",
] as const;
export type ReportReason = (typeof REPORT_REASONS)[number];

export const REPORT_STATUSES = ["OPEN", "ACTIONED", "DISMISSED"] as const;
export type ReportStatus = (typeof REPORT_STATUSES)[number];

@Entity("reports")
@Index("reports_status_idx", ["status", "id"])
@Index("reports_reporter_idx", ["reporterId", "id"])
@Index("reports_author_idx", ["authorId", "id"])
@Index("reports_open_key", ["subjectKey", "subjectKind", "reporterId"], {
  unique: true,
  where: "resolved_at is null",
})
@ForeignKey(() => User, ["reporterId"], ["id"], { name: "reports_reporter_id_fkey" })
@ForeignKey(() => User, ["authorId"], ["id"], { name: "reports_author_id_fkey" })
@ForeignKey(() => User, ["resolvedBy"], ["id"], { name: "reports_resolved_by_fkey" })
export class Report {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "reports_pkey" })
  id: string;

  /** Null for an erased account. */
  @Column("bigint", { nullable: true })
  reporterId: string | null;

  @Column("enum", { enum: REPORT_SUBJECTS, enumName: "report_subject" })
  subjectKind: ReportSubject;

  /** The subject's key, as its id has it. */
  @Column("bigint", { array: true })
  subjectKey: string[];

  /** Who answers for the subject; null where nobody does any more. */
  @Column("bigint", { nullable: true })
  authorId: string | null;

  @Column("enum", { enum: REPORT_REASONS, enumName: "report_reason" })
  reason: ReportReason;

  @Column("text", { nullable: true })
  note: string | null;

  /** What was reported, as it was then. */
  @Column("text", { nullable: true })
  excerpt: string | null;

  @Column("enum", { enum: REPORT_STATUSES, enumName: "report_status", default: "OPEN" })
  status: ReportStatus;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  @Column("timestamp with time zone", { precision: 3, nullable: true })
  resolvedAt: string | null;

  @Column("bigint", { nullable: true })
  resolvedBy: string | null;
}
