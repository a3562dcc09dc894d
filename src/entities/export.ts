/** A person's export of everything about them, and its content in parts. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";

export const EXPORT_STATUSES = ["RUNNING", "READY", "FAILED", "EXPIRED"] as const;
export type ExportStatus = (typeof EXPORT_STATUSES)[number];

@Entity("data_exports")
@Index("data_exports_user_idx", ["userId", "id"])
@Index("data_exports_running_idx", ["id"], { where: "status = 'RUNNING'::export_status" })
@Index("data_exports_ready_idx", ["expiresAt"], { where: "status = 'READY'::export_status" })
@ForeignKey(() => User, ["userId"], ["id"], { name: "data_exports_user_id_fkey" })
export class DataExport {
  @Column("bigint")
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "data_exports_pkey" })
  id: string;

  @Column("enum", { enum: EXPORT_STATUSES, enumName: "export_status", default: "RUNNING" })
  status: ExportStatus;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  /** When its content is deleted; null until it is ready. */
  @Column("timestamp with time zone", { precision: 3, nullable: true })
  expiresAt: string | null;

  /** The section that is read next; null at the beginning. */
  @Column("text", { nullable: true })
  section: string | null;

  /** The key of the last row that was written of that section. */
  @Column("text", { array: true, nullable: true })
  after: string[] | null;

  @Column("integer", { default: 0 })
  partCount: number;

  /** How often a step has failed. */
  @Column("integer", { default: 0 })
  failures: number;
}

@Entity("data_export_parts")
@ForeignKey(() => DataExport, ["exportId"], ["id"], { name: "data_export_parts_export_id_fkey" })
export class DataExportPart {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "data_export_parts_pkey" })
  exportId: string;

  /** 1, 2, 3 ... in its export. */
  @PrimaryColumn("integer", { primaryKeyConstraintName: "data_export_parts_pkey" })
  nr: number;

  /** Whole lines, each one JSON object. */
  @Column("text")
  lines: string;
}
