/** A friend request that waits for an answer. */
import { Field, Int, ObjectType } from "type-graphql";
import type { MetThrough } from "../../entities/friendship.ts";
import type { Request } from "../../loaders/request.ts";
import { MetThroughEnum } from "../enums.ts";
import { Node } from "../node.ts";
import { connectionOf } from "../page.ts";
import { DateTime } from "../scalars.ts";

@ObjectType("FriendRequest", { implements: Node, description: "A friend request that waits for an answer." })
export class FriendRequestType extends Node implements Pick<Request, "note" | "metThrough" | "createdAt"> {
  @Field(() => String, {
    nullable: true,
    description: "What the asker wrote, up to 200 characters; null for nothing.",
  })
  note: string | null;

  @Field(() => MetThroughEnum, {
    nullable: true,
    description: "How they came together; null where it is not known.",
  })
  metThrough: MetThrough | null;

  @Field(() => DateTime, { description: "When it was sent." })
  createdAt: string;

  @Field(() => Int, {
    description: "How many friends they have in common, as far as the viewer may know of it.",
  })
  mutualFriendCount?: number;
}

export const FriendRequestConnection = connectionOf("FriendRequest", () => FriendRequestType);
