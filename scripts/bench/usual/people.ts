/** The usual way's resolvers of people and videos. */
import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import { type DataSource, In, IsNull, MoreThan, Not } from "typeorm";
import {
  type Conversation,
  FriendRequest,
  Friendship,
  Handle,
  InboxEntry,
  Like,
  User,
  Video,
} from "./entities.ts";
import type { UsualContext } from "./loaders.ts";
import {
  type Connection,
  ConversationConnection,
  pageOf,
  Relationship,
  UnreadCounts,
  UserConnection,
  VideoConnection,
  Viewer,
} from "./types.ts";

/** The resolvers of people over `source`. */
export function peopleResolvers(source: DataSource) {
  @Resolver(() => User)
  class UserResolver {
    @Query(() => User, { nullable: true })
    async user(
      @Ctx() { loaders }: UsualContext,
      @Arg("handle", () => String) handle: string,
    ): Promise<User | null> {
      const found = await source
        .getRepository(Handle)
        .findOne({ where: { handle: handle.toLowerCase(), freedAt: IsNull() } });
      return found === null ? null : loaders.user.load(found.userId);
    }

    @FieldResolver(() => Int, { nullable: true })
    async friendCount(
      @Root() user: User,
      @Ctx() { loaders, viewerId }: UsualContext,
    ): Promise<number | null> {
      const blockers = await loaders.blockers();
      const repository = source.getRepository(Friendship);
      const hidden =
        blockers.length === 0 ? 0 : await repository.countBy({ userId: user.id, friendId: In(blockers) });
      const visible = user.friendCount - hidden;
      if (user.id === viewerId || user.friendListVisibleTo === "EVERYONE") return visible;
      if (user.friendListVisibleTo === "NO_ONE") return null;
      const friendship = await loaders.friendship.load(user.id);
      if (user.friendListVisibleTo === "CLOSE_FRIENDS") return friendship?.isClose ? visible : null;
      if (friendship !== null) return visible;
      if (user.friendListVisibleTo === "FRIENDS") return null;
      const mutual = await source
        .getRepository(Friendship)
        .createQueryBuilder("mine")
        .innerJoin(Friendship, "theirs", "theirs.userId = mine.friendId and theirs.friendId = :id", {
          id: user.id,
        })
        .where("mine.userId = :viewerId", { viewerId })
        .getExists();
      return mutual ? visible : null;
    }

    @FieldResolver(() => Relationship, { nullable: true })
    async relationship(
      @Root() user: User,
      @Ctx() { loaders, viewerId }: UsualContext,
    ): Promise<Relationship | null> {
      if (user.id === viewerId) return null;
      if ((await loaders.friendship.load(user.id)) !== null) return { state: "FRIENDS" };
      const request = await source
        .getRepository(FriendRequest)
        .findOne({ where: { userId: viewerId, otherId: user.id } });
      if (request?.direction === "OUTGOING") return { state: "REQUEST_SENT" };
      return { state: request !== null && request.declinedAt === null ? "REQUEST_RECEIVED" : "NONE" };
    }

    @FieldResolver(() => VideoConnection)
    async videos(
      @Root() user: User,
      @Ctx() { loaders }: UsualContext,
      @Arg("first", () => Int) first: number,
    ): Promise<Connection<Video>> {
      return pageOf(await loaders.videosOf(user.id), first, ({ id }) => id);
    }
  }

  @Resolver(() => Video)
  class VideoResolver {
    @FieldResolver(() => User, { nullable: true })
    author(@Root() video: Video, @Ctx() { loaders }: UsualContext): Promise<User | null> {
      return loaders.user.load(video.authorId);
    }

    @FieldResolver(() => Int)
    async likeCount(@Root() video: Video, @Ctx() { loaders }: UsualContext): Promise<number> {
      const blockers = await loaders.blockers();
      if (blockers.length === 0) return video.likeCount;
      const likes = source.getRepository(Like);
      return video.likeCount - (await likes.countBy({ videoId: video.id, userId: In(blockers) }));
    }

    @FieldResolver(() => Boolean)
    viewerHasLiked(@Root() video: Video, @Ctx() { loaders }: UsualContext): Promise<boolean> {
      return loaders.hasLiked.load(video.id);
    }
  }

  @Resolver(() => Viewer)
  class ViewerResolver {
    @Query(() => Viewer, { nullable: true })
    async viewer(@Ctx() { loaders, viewerId }: UsualContext): Promise<Viewer | null> {
      return (await loaders.user.load(viewerId)) === null ? null : { id: viewerId };
    }

    @FieldResolver(() => UserConnection)
    async friends(
      @Root() viewer: Viewer,
      @Ctx() { loaders }: UsualContext,
      @Arg("first", () => Int) first: number,
    ): Promise<Connection<User>> {
      const friendships = await source.getRepository(Friendship).find({
        where: { userId: viewer.id, friend: { deletedAt: IsNull() } },
        relations: { friend: true },
        order: { since: "DESC", friendId: "DESC" },
        take: first + 1,
      });
      const friends = await Promise.all(friendships.map(({ friendId }) => loaders.user.load(friendId)));
      return pageOf(
        friends.filter((friend) => friend !== null),
        first,
        ({ id }) => id,
      );
    }

    @FieldResolver(() => UnreadCounts)
    async unread(@Root() viewer: Viewer, @Ctx() { loaders }: UsualContext): Promise<UnreadCounts> {
      const inbox = source.getRepository(InboxEntry);
      const unread = { userId: viewer.id, unread: MoreThan(0) };
      const [conversations, messageRequests, user] = await Promise.all([
        inbox.count({ where: { ...unread, state: "ACTIVE" } }),
        inbox.count({ where: { ...unread, state: "REQUEST" } }),
        loaders.user.load(viewer.id),
      ]);
      return { conversations, messageRequests, friendRequests: user?.waitingRequestCount ?? 0 };
    }

    @FieldResolver(() => ConversationConnection)
    async conversations(
      @Root() viewer: Viewer,
      @Ctx() { loaders }: UsualContext,
      @Arg("first", () => Int) first: number,
    ): Promise<Connection<Conversation>> {
      const entries = await source.getRepository(InboxEntry).find({
        where: { userId: viewer.id, state: "ACTIVE", archived: false, lastActivityAt: Not(IsNull()) },
        relations: { conversation: true },
        order: { lastActivityAt: "DESC", conversationId: "DESC" },
        take: first + 1,
      });
      for (const entry of entries) loaders.inboxEntry.prime(entry.conversationId, entry);
      return pageOf(
        entries.map(({ conversation }) => conversation),
        first,
        ({ id }) => id,
      );
    }
  }
  return [UserResolver, VideoResolver, ViewerResolver] as const;
}
