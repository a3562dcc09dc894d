/** The viewer and another person. */
import { Field, Int, ObjectType } from "type-graphql";
import type { MetThrough } from "../../entities/friendship.ts";
import type { Relationship } from "../../loaders/relationship.ts";
import { FriendshipStateEnum, MetThroughEnum } from "../enums.ts";
import { DateTime } from "../scalars.ts";

@ObjectType("Relationship", {
  description:
    "The viewer and another person. Whether the other has blocked the viewer can't be read from this side.",
})
export class RelationshipType implements Omit<Relationship, "otherId"> {
  @Field(() => FriendshipStateEnum, { description: "How they stand." })
  state: Relationship["state"];

  @Field(() => DateTime, {
    nullable: true,
    description: "Since when they are friends; null when they are not.",
  })
  friendsSince: string | null;

  @Field(() => MetThroughEnum, {
    nullable: true,
    description: "How they came together, as the request said; null where it is not known.",
  })
  metThrough: MetThrough | null;

  @Field(() => Boolean, { description: "Whether the viewer has marked the person as a close friend." })
  isCloseFriend: boolean;

  @Field(() => Boolean, { description: "Whether the viewer has blocked the person." })
  isBlocked: boolean;

  @Field(() => DateTime, {
    nullable: true,
    description: "Until when the viewer has muted the person; null when they have not, or when it is over.",
  })
  mutedUntil: string | null;

  @Field(() => Boolean, {
    description: "Whether the viewer can send the person a message; false says no more than that.",
  })
  canMessage: boolean;

  @Field(() => Boolean, { description: "Whether the viewer can ask the person to be friends." })
  canRequestFriendship: boolean;

  @Field(() => Int, {
    description: "How many friends they have in common, as far as the viewer may know of it.",
  })
  mutualFriendCount?: number;
}
