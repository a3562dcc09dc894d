/** A viewer's log: how far it has come, and what it holds. */
import { Column, Entity, PrimaryColumn } from "typeorm";

/** What an event may be of, and beside each what its ids are, in their order. */
const EVENT_KINDS = [
  "MESSAGE_SENT", // conversation, position, sender; a notice has no sender
  "CONVERSATION_CHANGED", // conversation
  "READ_MOVED", // conversation, reader, the position up to which they have read
  "RELATIONSHIP_CHANGED", // the other person
  "VIDEO_CHANGED", // video
  "ACCESS_REVOKED", // any number of things, as `packNodes` packs them
  "MESSAGE_CHANGED", // conversation, position
  "NOTIFICATION_ADDED", // notification
  "CONVERSATION_LEFT", // conversation
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

  /** When it last grew; it never goes back. */
  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  movedAt: string;
}

/** Kept in a partition for each day in UTC. */
@Entity("viewer_events")
export class ViewerEvent {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "viewer_events_pkey" })
  viewerId: string;

  /** 1, 2, 3 ... in its viewer's log, without gaps. */
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "viewer_events_pkey" })
  position: string;

  @Column("enum", { enum: EVENT_KINDS, enumName: "event_kind" })
  kind: EventKind;

  /** The keys of what the event is about; which they are is said of each kind. */
  @Column("bigint", { array: true })
  ids: string[];

  /** Never before that of the event before it. */
  @PrimaryColumn("timestamp with time zone", {
    precision: 3,
    default: () => "now()",
    primaryKeyConstraintName: "viewer_events_pkey",
  })
  createdAt: string;
}

/** An event of a log that is known. */
export interface LoggedEvent {
  readonly position: number;
  readonly kind: EventKind;
  readonly ids: readonly string[];
  readonly createdAt: string;
}
