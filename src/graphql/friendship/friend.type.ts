/** A friend in a list of friends. */
import { Field, ObjectType } from "type-graphql";
import type { MetThrough } from "../../entities/friendship.ts";
import type { Friend } from "../../loaders/friendship.ts";
import type { Page } from "../../loaders/kinds.ts";
import { MetThroughEnum } from "../enums.ts";
import { Connection, connectionOf } from "../page.ts";
import { DateTime } from "../scalars.ts";
import { UserType } from "../user/user.type.ts";

@ObjectType("FriendEdge", { description: "A friend in a list of friends." })
export class FriendEdge {
  @Field(() => String, { description: "Where the edge stands: to be given as `after`." })
  cursor: string;

  @Field(() => UserType, { description: "The friend." })
  node: UserType;

  @Field(() => DateTime, { description: "Since when they are friends." })
  since: string;

  @Field(() => MetThroughEnum, {
    nullable: true,
    description: "How they came together; null where it is not known, and in another person's list.",
  })
  metThrough: MetThrough | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether the viewer has marked the friend as close; null in another person's list.",
  })
  isCloseFriend: boolean | null;
}

export const FriendConnection = connectionOf(
  "Friend",
  () => UserType,
  () => FriendEdge,
);

/** A page of somebody's friends; what only the owner of the list may know is left out of another's. */
export class Friends extends Connection<Friend> {
  readonly #viewerId: string;

  constructor(page: Page<Friend>, viewerId: string) {
    super(page);
    this.#viewerId = viewerId;
  }

  override get edges() {
    return super.edges.map(({ cursor, node }) => {
      const isOwn = node.ownerId === this.#viewerId;
      return {
        cursor,
        node,
        since: node.since,
        metThrough: isOwn ? node.metThrough : null,
        isCloseFriend: isOwn ? node.isClose : null,
      };
    });
  }
}
