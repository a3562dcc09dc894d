/** The viewer's feeds: videos, each with the reasons for which it is there. */
import { createUnionType, Field, Int, ObjectType } from "type-graphql";
import type { Share } from "../../entities/share.ts";
import { FEED_KINDS, type FeedItem } from "../../loaders/feed.ts";
import type { SeenUser } from "../../loaders/user.ts";
import { graphqlEnum } from "../enums.ts";
import { typeOf } from "../node.ts";
import { connectionOf } from "../page.ts";
import { CountryCode, DateTime } from "../scalars.ts";
import { ShareType } from "../share/share.type.ts";
import { UserType } from "../user/user.type.ts";
import { VideoType } from "../video/video.type.ts";

export const FeedKindEnum = graphqlEnum("FeedKind", FEED_KINDS, "What a feed is made of.", {
  FRIENDS: "What friends have posted and reposted, newest first.",
  SHARED_WITH_ME: "What others have shared in the viewer's conversations, newest first.",
  FOR_YOU:
    "What friends did of late and what trends, that for which most speaks first, and nothing that the viewer has watched.",
});

@ObjectType("PostedByFriend", { description: "A friend has published it." })
export class PostedByFriend {
  @Field(() => UserType, { description: "The friend." })
  friend: SeenUser;
}

const FRIENDS = "Those who did so last, newest first: three at most.";
const COUNT = "How many friends did, as far as each lets the viewer know of it.";

@ObjectType("RepostedByFriends", { description: "Friends have reposted it." })
export class RepostedByFriends {
  @Field(() => [UserType], { description: FRIENDS })
  friends: readonly SeenUser[];

  @Field(() => Int, { description: COUNT })
  count: number;

  @Field(() => String, {
    nullable: true,
    description: "The newest note that one of the friends gave it; null for none.",
  })
  note: string | null;
}

@ObjectType("LikedByFriends", { description: "Friends like it." })
export class LikedByFriends {
  @Field(() => [UserType], { description: FRIENDS })
  friends: readonly SeenUser[];

  @Field(() => Int, { description: COUNT })
  count: number;
}

@ObjectType("CommentedByFriends", { description: "Friends have commented on it." })
export class CommentedByFriends {
  @Field(() => [UserType], { description: FRIENDS })
  friends: readonly SeenUser[];

  @Field(() => Int, { description: COUNT })
  count: number;
}

@ObjectType("SharedWithViewer", { description: "Others have shared it in the viewer's conversations." })
export class SharedWithViewer {
  @Field(() => [ShareType], { description: "The shares, newest first: ten at most." })
  shares: readonly Share[];
}

@ObjectType("Trending", { description: "Many people like, share or talk about it these days." })
export class Trending {
  @Field(() => CountryCode, {
    nullable: true,
    description: "Where: in the viewer's country; null for everywhere.",
  })
  country: string | null;
}

export const FeedReason = createUnionType({
  name: "FeedReason",
  description: "Why a video is in a feed.",
  types: () =>
    [
      PostedByFriend,
      RepostedByFriends,
      LikedByFriends,
      CommentedByFriends,
      SharedWithViewer,
      Trending,
    ] as const,
  resolveType: typeOf,
});

@ObjectType("FeedItem", { description: "A video in a feed." })
export class FeedItemType implements Pick<FeedItem, "video" | "at"> {
  @Field(() => VideoType, { description: "The video." })
  video: FeedItem["video"];

  @Field(() => [FeedReason], {
    description: "Why it is here, as far as the viewer may know of it: each kind of reason once.",
  })
  reasons?: object[];

  @Field(() => DateTime, {
    description:
      "When it came into the feed, for the newest of its reasons. In FOR_YOU the instant as of which the whole feed was put in order.",
  })
  at: string;
}

export const FeedItemConnection = connectionOf("FeedItem", () => FeedItemType);
