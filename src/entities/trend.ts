/** A place in the list of what trends in a country. */
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { NO_COUNTRY } from "../policy.ts";

/** Where the country of a list is: the list of all people together is of no country. */
export const EVERYWHERE = NO_COUNTRY;

@Entity("trending_videos")
@Index("trending_videos_made_at_idx", ["madeAt"])
export class TrendingVideo {
  /** ZZ for everywhere. */
  @PrimaryColumn("text", { primaryKeyConstraintName: "trending_videos_pkey" })
  country: string;

  @PrimaryColumn("timestamp with time zone", {
    precision: 3,
    primaryKeyConstraintName: "trending_videos_pkey",
  })
  madeAt: string;

  @PrimaryColumn("integer", { primaryKeyConstraintName: "trending_videos_pkey" })
  rank: number;

  @Column("bigint")
  videoId: string;
}
