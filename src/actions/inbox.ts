/** How everybody arranges their own inbox: muted, pinned, put away, marked as unread. None of it is told to others. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import type { ParticipationState } from "../entities/conversation.ts";
import { requireFound, UserError } from "../errors.ts";
import { MAX_MUTE_YEARS, MAX_PINNED_CONVERSATIONS } from "../limits.ts";
import { conversationById } from "../loaders/conversation.ts";
import { requireViewer } from "../viewer.ts";
import { conversationVisible, isActive } from "../visibility/conversation.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { lockSelf } from "./friendship.ts";
import { requireUntil } from "./mute.ts";

type Of = { userId: string; conversationId: string };

const lockEntry = statement<Of, { state: ParticipationState; pinned: boolean }>(
  "inbox_lock",
  `
  select i.state, i.pinned
  from inbox i
  where i.user_id = :userId and i.conversation_id = :conversationId and ${conversationVisible("i")}
  for no key update`,
);

const countPinned = statement<{ userId: string }, { pinned: number }>(
  "inbox_count_pinned",
  `
  select count(*)::integer as pinned
  from unnest(enum_range(null::conversation_kind)) as f (kind)
  join inbox i on i.user_id = :userId and ${isActive("i")} and not i.archived and i.kind = f.kind and i.pinned`,
);

type SettingsParameters = Of & {
  setsMutedUntil: boolean;
  mutedUntil: Date | null;
  pinned: boolean | null;
  archived: boolean | null;
};

// Nothing is pinned and put away at once: whichever comes last takes the other back.
const updateSettings = statement<SettingsParameters, Nothing>(
  "inbox_update_settings",
  `
  update inbox
  set
    muted_until = case when :setsMutedUntil::boolean then :mutedUntil::timestamptz else muted_until end,
    pinned = coalesce(:pinned::boolean, pinned) and not coalesce(:archived::boolean, false),
    archived = coalesce(:archived::boolean, archived) and not coalesce(:pinned::boolean, false)
  where user_id = :userId and conversation_id = :conversationId`,
);

const setMarkedUnread = statement<Of, Nothing>(
  "inbox_mark_unread",
  `
  update inbox
  set marked_unread = true
  where user_id = :userId and conversation_id = :conversationId`,
);

/** What is to be changed: undefined stays, and of `pinned` and `archived` null stays as well. */
export interface SettingsChange {
  /** Null unmutes. */
  readonly mutedUntil?: Date | null;
  readonly pinned?: boolean | null;
  readonly archived?: boolean | null;
}

/** Changes the viewer's own row of the inbox under its lock, and tells their other devices. */
async function arrange(
  context: ActionContext,
  conversationId: string,
  work: (queries: Queries, of: Of & { pinned: boolean }) => Promise<void>,
): Promise<void> {
  const { userId } = requireViewer(context);
  requireFound(await conversationById(context.loads, conversationId), "conversation", "conversationId");
  await write(context, async (queries, tell: Tell) => {
    // All that one person arranges is arranged in turn: the number of pinned ones is theirs.
    await lockSelf(queries, userId);
    const [entry] = await queries.run(lockEntry, { userId, conversationId });
    const { state, pinned } = requireFound(entry, "conversation", "conversationId");
    if (state !== "ACTIVE") {
      throw new UserError("FORBIDDEN", "Answer this message request first.", { path: ["conversationId"] });
    }
    await work(queries, { userId, conversationId, pinned });
    tell({ viewerId: userId, kind: "CONVERSATION_CHANGED", ids: [conversationId] });
  });
}

/**
 * Mutes, pins and puts away a conversation, or undoes it. Throws NOT_FOUND, FORBIDDEN for a message request, INVALID for
 * an instant that is past or too far and for both pinning and putting away, and LIMIT_REACHED for too many pinned ones.
 */
export async function updateConversationSettings(
  context: ActionContext,
  conversationId: string,
  { mutedUntil, pinned = null, archived = null }: SettingsChange,
): Promise<void> {
  if (mutedUntil !== undefined && mutedUntil !== null) {
    requireUntil(mutedUntil, "mutedUntil", `Nothing can be muted for more than ${MAX_MUTE_YEARS} years.`);
  }
  if (pinned === true && archived === true) {
    throw new UserError("INVALID", "What is put away can't be pinned.", { path: ["pinned"] });
  }
  await arrange(context, conversationId, async (queries, { userId, pinned: wasPinned }) => {
    if (pinned === true && !wasPinned) {
      const [count] = await queries.run(countPinned, { userId });
      if ((count?.pinned ?? 0) >= MAX_PINNED_CONVERSATIONS) {
        throw new UserError(
          "LIMIT_REACHED",
          `At most ${MAX_PINNED_CONVERSATIONS} conversations can be pinned.`,
          { path: ["pinned"] },
        );
      }
    }
    const sets = { setsMutedUntil: mutedUntil !== undefined, mutedUntil: mutedUntil ?? null };
    await queries.run(updateSettings, { userId, conversationId, ...sets, pinned, archived });
  });
}

/**
 * Shows a conversation as unread until the viewer reads in it or says something, though `readUpTo` stays. Throws
 * NOT_FOUND, and FORBIDDEN for a message request.
 */
export async function markUnread(context: ActionContext, conversationId: string): Promise<void> {
  await arrange(context, conversationId, async (queries, { userId }) => {
    await queries.run(setMarkedUnread, { userId, conversationId });
  });
}
