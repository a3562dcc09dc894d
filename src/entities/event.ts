/** A viewer's log: how far it has come, and what it holds. */
import { Column, Entity, Index, PrimaryColumn } from "typeorm";

export const EVENT_KINDS = [
  "MESSAGE_SENT",
  "CONVERSATION_CHANGED",
  "READ_MOVED",
  "RELATIONSHIP_CHANGED",
  "VIDEO_CHANGED",
  "ACCESS_REVOKED",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

@Entity("viewer_logs")
export class ViewerLog {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "viewer_logs_pkey" })
  viewerId: string;

  /** Changes when positions start anew, after a restored backup. */
  @Column("integer", { default: 1 })
  epoch: number;

  @Column("bigint", { default: 0 })
  position: string;
}

@Entity("viewer_events")
@Index("viewer_events_created_at_idx", ["createdAt"], { type: "brin" })
export class ViewerEvent {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "viewer_events_pkey" })
  viewerId: string;

  /** 1, 2, 3 ... in its viewer's log, without gaps. */
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "viewer_events_pkey" })
  position: string;

  @Column("enum", { enum: EVENT_KINDS, enumName: "event_kind" })
  kind: EventKind;

  /** The keys of what the event is about; which they are depends on the kind. */
  @Column("bigint", { array: true })
  ids: string[];

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}
