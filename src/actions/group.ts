/** What is done to a group: its title and its picture, who comes in, who is put out, and who may do what. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import type { ParticipantRole } from "../entities/conversation.ts";
import type { NoticeKind } from "../entities/message.ts";
import { requireFound, UserError } from "../errors.ts";
import { conversationById } from "../loaders/conversation.ts";
import { opennessOf, relationshipWith } from "../loaders/relationship.ts";
import { cleanName } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { lockAll } from "./friendship.ts";
import { departGroup, forgetGroup } from "./leaving.ts";
import { writeNotice } from "./notice.ts";
import { notify } from "./notification.ts";
import { blocksOf, enterGroup, type LockedGroup, lockGroup } from "./participant.ts";
import { requireAllowed } from "./policy.ts";

/** A title of a group as it is kept; throws INVALID. */
export function cleanTitle(title: string): string {
  return cleanName(title, { min: 1, max: 100, path: "title" });
}

/** The viewer, who takes part in a group; throws NOT_FOUND, and FORBIDDEN for what two people have. */
async function requireGroup(context: ActionContext, conversationId: string): Promise<string> {
  const { userId: viewerId } = requireViewer(context);
  const { kind } = requireFound(
    await conversationById(context.loads, conversationId),
    "conversation",
    "conversationId",
  );
  if (kind !== "GROUP") {
    throw new UserError("FORBIDDEN", "This is not a group.", { path: ["conversationId"] });
  }
  return viewerId;
}

function requireActive({ participants }: LockedGroup, userId: string, what: string, path: string) {
  const found = participants.get(userId);
  return requireFound(found?.state === "ACTIVE" ? found : null, what, path);
}

/** Locks a group in which the viewer has one of these roles; throws NOT_FOUND and FORBIDDEN. */
async function lockAs(
  queries: Queries,
  conversationId: string,
  viewerId: string,
  ...roles: readonly ParticipantRole[]
): Promise<LockedGroup & { readonly role: ParticipantRole }> {
  const group = requireFound(await lockGroup(queries, conversationId), "conversation", "conversationId");
  const { role } = requireActive(group, viewerId, "conversation", "conversationId");
  if (!roles.includes(role)) {
    const who = roles.includes("ADMIN") ? "the owner and the admins" : "the owner";
    throw new UserError("FORBIDDEN", `Only ${who} of a group can do this.`, { path: ["conversationId"] });
  }
  return { ...group, role };
}

function tellEverybody(tell: Tell, { id, participants }: LockedGroup): void {
  for (const { userId, state } of participants.values()) {
    if (state === "ACTIVE") tell({ viewerId: userId, kind: "CONVERSATION_CHANGED", ids: [id] });
  }
}

interface Look {
  readonly title: string | null;
  readonly avatarUrl: string | null;
}

const readLook = statement<{ conversationId: string }, Look>(
  "group_look",
  `
  select c.title, c.avatar_url as "avatarUrl"
  from conversations c
  where c.id = :conversationId`,
);

const setLook = statement<
  { conversationId: string; title: string | null; avatarUrl: string | null },
  Nothing
>(
  "group_set_look",
  `
  update conversations
  set title = :title, avatar_url = :avatarUrl
  where id = :conversationId`,
);

/**
 * Changes the title and the picture of a group; null takes one away, undefined leaves it. Throws INVALID, NOT_FOUND,
 * TOO_MANY_REQUESTS, and FORBIDDEN for whoever is neither owner nor admin.
 */
export async function updateConversation(
  context: ActionContext,
  conversationId: string,
  change: { readonly title?: string | null | undefined; readonly avatarUrl?: string | null | undefined },
): Promise<void> {
  const viewerId = await requireGroup(context, conversationId);
  const title = typeof change.title === "string" ? cleanTitle(change.title) : change.title;
  await context.rates.take("updateConversation", viewerId);
  await write(context, async (queries, tell) => {
    const group = await lockAs(queries, conversationId, viewerId, "OWNER", "ADMIN");
    const [before] = await queries.run(readLook, { conversationId });
    const former = requireFound(before, "conversation", "conversationId");
    const look: Look = {
      title: title === undefined ? former.title : title,
      avatarUrl: change.avatarUrl === undefined ? former.avatarUrl : change.avatarUrl,
    };
    const changed: NoticeKind[] = [];
    if (look.title !== former.title) changed.push("TITLE_CHANGED");
    if (look.avatarUrl !== former.avatarUrl) changed.push("AVATAR_CHANGED");
    if (changed.length === 0) return;
    await queries.run(setLook, { conversationId, ...look });
    tellEverybody(tell, group);
    for (const kind of changed) {
      const said = kind === "TITLE_CHANGED" ? look.title : null;
      await writeNotice(queries, tell, conversationId, { kind, by: viewerId, title: said });
    }
  });
}

/** Which of these people let the viewer add them to groups, and whether any of the others is no friend. */
export async function whoLetsIn(
  context: ActionContext,
  userIds: readonly string[],
): Promise<{ readonly open: string[]; readonly someAreStrangers: boolean }> {
  let someAreStrangers = false;
  const isOpen = await Promise.all(
    userIds.map(async (id) => {
      const [openness, relationship] = await Promise.all([
        opennessOf(context.loads, id),
        relationshipWith(context.loads, id),
      ]);
      if (relationship?.state !== "FRIENDS") someAreStrangers = true;
      return openness?.toGroupInvites === true && relationship?.isBlocked === false;
    }),
  );
  return { open: userIds.filter((_, at) => isOpen[at]), someAreStrangers };
}

export interface Additions {
  readonly added: readonly string[];
  /** Those who could not be added; why is not told. */
  readonly notAdded: readonly string[];
}

/**
 * Adds those to a group who can be added; whoever takes part already is not. Throws INVALID, NOT_FOUND, FORBIDDEN,
 * LIMIT_REACHED where there is no room for all of them, TOO_MANY_REQUESTS, and NOT_ALLOWED_BY_POLICY for a viewer who is
 * too young to add strangers.
 */
export async function addParticipants(
  context: ActionContext,
  conversationId: string,
  userIds: readonly string[],
): Promise<Additions> {
  const viewerId = await requireGroup(context, conversationId);
  const wanted = [...new Set(userIds)];
  if (wanted.length === 0) throw new UserError("INVALID", "Name somebody to add.", { path: ["userIds"] });
  await context.rates.take("manageGroup", viewerId);
  const others = wanted.filter((id) => id !== viewerId);
  const { open, someAreStrangers } = await whoLetsIn(context, others);
  if (open.length === 0 && someAreStrangers) await requireAllowed(context, "GROUPS", "userIds");
  const added = await write(context, async (queries, tell) => {
    const here = new Set((await lockAll(queries, [viewerId, ...open])).map(({ id }) => id));
    const group = await lockAs(queries, conversationId, viewerId, "OWNER", "ADMIN");
    // A block that was faster is seen here; one that is slower finds them in the group.
    const blocks = await queries.run(blocksOf, { userIds: open, others: [viewerId] });
    const apart = new Set(blocks.flatMap(({ userId, blockedId }) => [userId, blockedId]));
    const coming = open.filter(
      (id) => here.has(id) && !apart.has(id) && group.participants.get(id)?.state !== "ACTIVE",
    );
    if (coming.length === 0) return [];
    await enterGroup(queries, tell, group, coming);
    await writeNotice(queries, tell, conversationId, { kind: "PEOPLE_ADDED", by: viewerId, people: coming });
    const notice = { kind: "GROUP_INVITE" as const, subject: [conversationId], actorId: viewerId };
    await notify(queries, tell, ...coming.map((userId) => ({ userId, ...notice })));
    return coming;
  });
  return { added, notAdded: wanted.filter((id) => !added.includes(id)) };
}

// Whether the viewer sees the person is not asked: who blocks the owner, or is suspended, takes part all the same.
function requireOther(viewerId: string, userId: string, words: string): void {
  if (userId === viewerId) throw new UserError("INVALID", words, { path: ["userId"] });
}

/**
 * Puts somebody out of a group for good: a link does not bring them back, only being added does. The owner removes
 * anybody, an admin members. Throws INVALID for oneself, NOT_FOUND, FORBIDDEN and TOO_MANY_REQUESTS.
 */
export async function removeParticipant(
  context: ActionContext,
  conversationId: string,
  userId: string,
): Promise<void> {
  const viewerId = await requireGroup(context, conversationId);
  requireOther(viewerId, userId, "To go oneself is to leave the conversation.");
  await context.rates.take("removeParticipant", viewerId);
  await write(context, async (queries, tell) => {
    const group = await lockAs(queries, conversationId, viewerId, "OWNER", "ADMIN");
    const { role } = requireActive(group, userId, "participant", "userId");
    if (group.role !== "OWNER" && role !== "MEMBER") {
      throw new UserError(
        "FORBIDDEN",
        "Only the owner of a group removes its admins, and nobody its owner.",
        {
          path: ["userId"],
        },
      );
    }
    await departGroup(queries, tell, { userId, conversationId, state: "REMOVED" });
    await writeNotice(queries, tell, conversationId, { kind: "REMOVED", by: viewerId, people: [userId] });
    await forgetGroup(queries, tell, userId, conversationId);
  });
}

const setRoles = statement<
  { conversationId: string; userIds: readonly string[]; roles: readonly ParticipantRole[] },
  Nothing
>(
  "participant_set_roles",
  `
  update participants p
  set role = r.role::participant_role
  from unnest(:userIds::bigint[], :roles::text[]) as r (user_id, role)
  where p.conversation_id = :conversationId and p.user_id = r.user_id`,
);

/**
 * Gives a participant a role. Whoever makes somebody the owner hands the group over, and is an admin from then on.
 * Throws INVALID for oneself, NOT_FOUND, TOO_MANY_REQUESTS, and FORBIDDEN for everybody but the owner.
 */
export async function setParticipantRole(
  context: ActionContext,
  conversationId: string,
  userId: string,
  role: ParticipantRole,
): Promise<void> {
  const viewerId = await requireGroup(context, conversationId);
  requireOther(viewerId, userId, "The owner is no longer that by making somebody else the owner.");
  await context.rates.take("manageGroup", viewerId);
  await write(context, async (queries, tell) => {
    const group = await lockAs(queries, conversationId, viewerId, "OWNER");
    if (requireActive(group, userId, "participant", "userId").role === role) return;
    const former = role === "OWNER" ? [viewerId] : [];
    await queries.run(setRoles, {
      conversationId,
      userIds: [userId, ...former],
      roles: [role, ...former.map(() => "ADMIN" as const)],
    });
    tellEverybody(tell, group);
    await writeNotice(queries, tell, conversationId, {
      kind: `MADE_${role}`,
      by: viewerId,
      people: [userId],
    });
  });
}
