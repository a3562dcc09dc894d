/** The viewer's feeds, what speaks for each video in them, and what trends. */
import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { EVERYWHERE } from "../../entities/trend.ts";
import { type FeedItem, type FeedKind, feedOf } from "../../loaders/feed.ts";
import { friendsDeeds } from "../../loaders/friends-deed.ts";
import type { Loads } from "../../loaders/kinds.ts";
import { shareOf } from "../../loaders/share.ts";
import { sharedWithViewer } from "../../loaders/share-feed.ts";
import { trendingIn } from "../../loaders/trend.ts";
import { userById, usersByIds } from "../../loaders/user.ts";
import { askerOf } from "../../rates.ts";
import { ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { asType } from "../node.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { CountryCode } from "../scalars.ts";
import { VideoConnection } from "../video/video.type.ts";
import { FeedItemConnection, FeedItemType, FeedKindEnum, FeedReason } from "./feed.type.ts";

async function postedByFriend(loads: Loads, { video, isByFriend }: FeedItem): Promise<object[]> {
  const friend = isByFriend === true ? await userById(loads, video.authorId) : null;
  return friend === null ? [] : [asType("PostedByFriend", { friend })];
}

async function doneByFriends(loads: Loads, { video }: FeedItem, kind: string, type: string) {
  const { friends: ids, count, note } = await friendsDeeds(loads, kind, video.id);
  const friends = await usersByIds(loads, ids);
  return friends.length === 0 ? [] : [asType(type, { friends, count, note })];
}

async function sharedWith(loads: Loads, { video }: FeedItem): Promise<object[]> {
  const places = await sharedWithViewer(loads, video.id);
  const found = await Promise.all(places.map((place) => shareOf(loads, place, video.id)));
  const shares = found.filter((share) => share !== null);
  return shares.length === 0 ? [] : [asType("SharedWithViewer", { shares })];
}

type ReadReasons = (loads: Loads, item: FeedItem) => Promise<object[]>;
const reposted: ReadReasons = (loads, item) => doneByFriends(loads, item, "REPOSTED", "RepostedByFriends");

/** What can be a reason in each feed, in the order in which they are told. */
const REASONS: Readonly<Record<FeedKind, readonly ReadReasons[]>> = {
  FRIENDS: [postedByFriend, reposted],
  SHARED_WITH_ME: [sharedWith],
  FOR_YOU: [
    postedByFriend,
    reposted,
    (loads, item) => doneByFriends(loads, item, "LIKED", "LikedByFriends"),
    (loads, item) => doneByFriends(loads, item, "COMMENTED", "CommentedByFriends"),
    async (_, { trendsIn }) => (trendsIn === undefined ? [] : [asType("Trending", { country: trendsIn })]),
  ],
};

@Resolver(() => ViewerType)
export class FeedResolver {
  @FieldResolver(() => FeedItemConnection, {
    description:
      "Videos for the viewer, each once. Further pages go on from the one before: what has come in since, or has moved up, is found by beginning anew. TOO_MANY_REQUESTS after 240 pages within a minute.",
  })
  async feed(
    @Ctx() context: Context,
    @Arg("kind", () => FeedKindEnum, { description: "What the feed is made of." }) kind: FeedKind,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    await context.rates.take("feed", askerOf(context));
    return new Connection(await feedOf(context.loads, kind, pageRequest(page)));
  }

  @Query(() => VideoConnection, {
    description:
      "What many people like, share or talk about these days, that which most do first; made anew every 5 minutes. Pages keep to the list that they began in, for an hour.",
  })
  async trendingVideos(
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("country", () => CountryCode, {
      nullable: true,
      description:
        "Among the people of which country; everywhere when left out, or where too little happens.",
    })
    country?: string | null,
  ) {
    return new Connection(await trendingIn(loads, [country ?? EVERYWHERE], pageRequest(page)));
  }
}

@Resolver(() => FeedItemType)
export class FeedItemResolver {
  @FieldResolver(() => [FeedReason])
  async reasons(@Root() item: FeedItem, @Ctx() { loads }: Context): Promise<object[]> {
    return (await Promise.all(REASONS[item.kind].map((read) => read(loads, item)))).flat();
  }
}
