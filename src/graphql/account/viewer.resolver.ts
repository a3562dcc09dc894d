/** The viewer: who is asking, and what belongs to them alone. */
import { Arg, Args, Ctx, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import type { RequestDirection } from "../../entities/friendship.ts";
import { RequestError } from "../../errors.ts";
import { ownAccount } from "../../loaders/account.ts";
import { blockedUsersOf } from "../../loaders/block.ts";
import { unreadConversationCount } from "../../loaders/conversation.ts";
import { closeFriendsOf, friendsOf } from "../../loaders/friendship.ts";
import { requestsOf } from "../../loaders/request.ts";
import { userById } from "../../loaders/user.ts";
import type { Context } from "../context.ts";
import { RequestDirectionEnum } from "../enums.ts";
import { FriendConnection, Friends } from "../friendship/friend.type.ts";
import { FriendRequestConnection } from "../friendship/request.type.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { CountryCode, EventCursor } from "../scalars.ts";
import { UserConnection, UserType } from "../user/user.type.ts";
import { PrivacyType, UnreadCounts, type ViewerRoot, ViewerType } from "./account.type.ts";

/** What was found of the viewer; throws UNAUTHENTICATED where it is there no more, though their token is good yet. */
function requireHere<Found>(found: Found | null): Found {
  if (found === null) throw new RequestError("UNAUTHENTICATED", "This account is no longer here.");
  return found;
}

const account = async ({ loads }: Context, { userId }: ViewerRoot) =>
  requireHere(await ownAccount(loads, userId));

@Resolver(() => ViewerType)
export class ViewerResolver {
  @Query(() => ViewerType, { nullable: true, description: "Who is asking; null when nobody is signed in." })
  viewer(@Ctx() { viewer }: Context): ViewerRoot | null {
    return viewer === null ? null : { userId: viewer.userId };
  }

  @FieldResolver(() => UserType, { description: "The viewer as a person." })
  async user(@Root() { userId }: ViewerRoot, @Ctx() { loads }: Context) {
    return requireHere(await userById(loads, userId));
  }

  @FieldResolver(() => String, { nullable: true })
  async email(@Root() viewer: ViewerRoot, @Ctx() context: Context) {
    return (await account(context, viewer)).email;
  }

  @FieldResolver(() => String, { nullable: true })
  async phone(@Root() viewer: ViewerRoot, @Ctx() context: Context) {
    return (await account(context, viewer)).phone;
  }

  @FieldResolver(() => String, { nullable: true })
  async birthDate(@Root() viewer: ViewerRoot, @Ctx() context: Context) {
    return (await account(context, viewer)).birthDate;
  }

  @FieldResolver(() => CountryCode)
  async country(@Root() viewer: ViewerRoot, @Ctx() context: Context) {
    return (await account(context, viewer)).country;
  }

  @FieldResolver(() => PrivacyType)
  privacy(@Root() viewer: ViewerRoot, @Ctx() context: Context) {
    return account(context, viewer);
  }

  @FieldResolver(() => EventCursor)
  async eventCursor(@Ctx() context: Context) {
    return requireHere(await context.readEventCursor());
  }

  @FieldResolver(() => FriendConnection, { description: "The viewer's friends, newest first." })
  async friends(
    @Root() { userId }: ViewerRoot,
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("closeOnly", () => Boolean, { nullable: true, description: "Only those marked as close friends." })
    closeOnly?: boolean | null,
  ) {
    const read = closeOnly === true ? closeFriendsOf : friendsOf;
    return new Friends(await read(loads, [userId], pageRequest(page)), loads.viewerId);
  }

  @FieldResolver(() => FriendRequestConnection, {
    description: "Requests that wait for an answer, newest first.",
  })
  async friendRequests(
    @Ctx() { loads }: Context,
    @Arg("direction", () => RequestDirectionEnum, { description: "Who asked whom." })
    direction: RequestDirection,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    return new Connection(await requestsOf(loads, [direction], pageRequest(page)));
  }

  @FieldResolver(() => UserConnection, {
    description:
      "Whom the viewer has blocked, newest first; of one who has blocked the viewer too, no more than the name.",
  })
  async blockedUsers(
    @Root() { userId }: ViewerRoot,
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    return new Connection(await blockedUsersOf(loads, [userId], pageRequest(page)));
  }

  @FieldResolver(() => UnreadCounts)
  unread(@Root() viewer: ViewerRoot): ViewerRoot {
    return viewer;
  }
}

@Resolver(() => UnreadCounts)
export class UnreadCountsResolver {
  @FieldResolver(() => Int)
  conversations(@Ctx() { loads }: Context) {
    return unreadConversationCount(loads, "ACTIVE");
  }

  @FieldResolver(() => Int)
  messageRequests(@Ctx() { loads }: Context) {
    return unreadConversationCount(loads, "REQUEST");
  }

  @FieldResolver(() => Int)
  async friendRequests(@Root() { userId }: ViewerRoot, @Ctx() { loads }: Context) {
    return (await userById(loads, userId))?.waitingRequestCount ?? 0;
  }
}
