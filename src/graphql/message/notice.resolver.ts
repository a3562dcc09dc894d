/** Notices, for clients that know of them, and as sentences for those that don't. */
import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { NoticeKind } from "../../entities/message.ts";
import type { SeenMessage } from "../../loaders/message.ts";
import { type SeenUser, userById, usersByIds } from "../../loaders/user.ts";
import type { Context } from "../context.ts";
import { MAX_SHOWN_PEOPLE } from "../limits.ts";
import { UserType } from "../user/user.type.ts";
import { MessageType } from "./message.type.ts";
import { NoticeType } from "./notice.type.ts";

const MOST_NAMES = 3;

interface NoticeRoot {
  readonly kind: NoticeKind;
  readonly userIds: readonly string[];
  readonly title: string | null;
}

function noticeOf({ notice, noticeUserIds, body }: SeenMessage): NoticeRoot | null {
  return notice === null ? null : { kind: notice, userIds: noticeUserIds ?? [], title: body };
}

/** "Ann", "Ann and Bob", "Ann, Bob and 2 others"; whom the viewer may not see is only counted. */
function listed(people: readonly SeenUser[], total: number): string {
  const names = people.map(({ displayName }) => displayName);
  const others = total - names.length;
  if (names.length === 0) return others === 1 ? "somebody" : `${others} people`;
  if (others > 0) names.push(others === 1 ? "somebody else" : `${others} others`);
  return names.length === 1 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

const SENTENCES: Readonly<Record<NoticeKind, (who: string, whom: string, title: string | null) => string>> = {
  TITLE_CHANGED: (who, _, title) =>
    title === null ? `${who} took the title away.` : `${who} changed the title to “${title}”.`,
  AVATAR_CHANGED: (who) => `${who} changed the picture.`,
  PEOPLE_ADDED: (who, whom) => `${who} added ${whom}.`,
  JOINED: (who) => `${who} joined by an invite.`,
  REMOVED: (who, whom) => `${who} removed ${whom}.`,
  LEFT: (who, whom) => (whom === "" ? `${who} left.` : `${who} left, and ${whom} is the owner now.`),
  MADE_OWNER: (who, whom) => `${who} made ${whom} the owner.`,
  MADE_ADMIN: (who, whom) => `${who} made ${whom} an admin.`,
  MADE_MEMBER: (who, whom) => `${who} made ${whom} a member.`,
};

@Resolver(() => MessageType)
export class MessageNoticeResolver {
  @FieldResolver(() => NoticeType, {
    nullable: true,
    description: "What happened, of a NOTICE; null for all else.",
  })
  notice(@Root() message: SeenMessage): NoticeRoot | null {
    return noticeOf(message);
  }

  @FieldResolver(() => String, { nullable: true })
  async body(@Root() message: SeenMessage, @Ctx() { loads }: Context): Promise<string | null> {
    const notice = noticeOf(message);
    if (notice === null) return message.body;
    const [sender, people] = await Promise.all([
      message.senderId === null ? null : userById(loads, message.senderId),
      usersByIds(loads, notice.userIds.slice(0, MOST_NAMES)),
    ]);
    const whom = notice.userIds.length === 0 ? "" : listed(people, notice.userIds.length);
    return SENTENCES[notice.kind](sender?.displayName ?? "Somebody", whom, notice.title);
  }
}

@Resolver(() => NoticeType)
export class NoticeResolver {
  @FieldResolver(() => [UserType])
  people(@Root() { userIds }: NoticeRoot, @Ctx() { loads }: Context): Promise<SeenUser[]> {
    return usersByIds(loads, userIds.slice(0, MAX_SHOWN_PEOPLE));
  }
}
