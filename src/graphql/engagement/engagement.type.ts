/** What a friend did with a video, as the viewer may know of it. */
import { Field, ObjectType } from "type-graphql";
import { FRIEND_ACTIVITY_KINDS, type FriendActivityKind } from "../../entities/engagement.ts";
import { graphqlEnum } from "../enums.ts";
import { connectionOf } from "../page.ts";
import { DateTime } from "../scalars.ts";
import { UserType } from "../user/user.type.ts";

const FriendActivityKindEnum = graphqlEnum(
  "FriendActivityKind",
  FRIEND_ACTIVITY_KINDS,
  "What a friend did with a video.",
  {
    LIKED: "They like it.",
    COMMENTED: "They have commented on it.",
    REPOSTED: "They have reposted it.",
  },
);

@ObjectType("FriendActivity", { description: "Something that a friend of the viewer did with a video." })
export class FriendActivityType {
  @Field(() => UserType, { description: "The friend." })
  friend?: UserType;

  @Field(() => FriendActivityKindEnum, { description: "What they did." })
  kind: FriendActivityKind;

  @Field(() => DateTime, { description: "When they did it; of several comments, the newest." })
  at: string;
}

export const FriendActivityConnection = connectionOf("FriendActivity", () => FriendActivityType);
