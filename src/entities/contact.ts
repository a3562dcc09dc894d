/** Address books and what people can be found by, as keyed hashes. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";

/** An address or a number in a person's address book. */
@Entity("contacts")
@Index("contacts_hash_idx", ["hash", "userId"])
@ForeignKey(() => User, ["userId"], ["id"], { name: "contacts_user_id_fkey" })
export class Contact {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "contacts_pkey" })
  userId: string;

  /** HMAC, with a key of this server, of the SHA-256 that the client sent. */
  @PrimaryColumn("bytea", { primaryKeyConstraintName: "contacts_pkey" })
  hash: Buffer;
}

/** An address or a number of a person's own. */
@Entity("contact_points")
@Index("contact_points_hash_idx", ["hash", "userId"])
@Index("contact_points_untold_idx", ["userId"], { where: "told_at is null" })
@ForeignKey(() => User, ["userId"], ["id"], { name: "contact_points_user_id_fkey" })
export class ContactPoint {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "contact_points_pkey" })
  userId: string;

  @PrimaryColumn("bytea", { primaryKeyConstraintName: "contact_points_pkey" })
  hash: Buffer;

  /** When those who have it in their contacts were told; null until then. */
  @Column("timestamp with time zone", { precision: 3, nullable: true })
  toldAt: string | null;
}
