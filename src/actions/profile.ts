/** What a person says of themselves, and how far they let others in. */
import { type Nothing, statement } from "../db/sql.ts";
import type { Reach, User } from "../entities/user.ts";
import { requireFound } from "../errors.ts";
import { cleanDisplayName, cleanEmail, cleanHandle, cleanPhone, cleanText } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import { isHere } from "../visibility/user.ts";
import { setContactPoints } from "./contact.ts";
import { type ActionContext, write } from "./context.ts";
import { lockSelf } from "./friendship.ts";
import { exchangeHandle } from "./handle.ts";
import { requireOldEnoughIn } from "./policy.ts";

/** What is to be changed: undefined stays, and null clears; of what can't be empty, null stays as well. */
export interface ProfileChange {
  readonly displayName?: string | null;
  readonly handle?: string | null;
  readonly country?: string | null;
  readonly bio?: string | null;
  readonly avatarUrl?: string | null;
  readonly email?: string | null;
  readonly phone?: string | null;
}

const readHandle = statement<{ userId: string }, { handle: string }>(
  "profile_handle",
  `
  select u.handle
  from users u
  where u.id = :userId and ${isHere("u")}`,
);

const updateUser = statement<
  {
    userId: string;
    handle: string | null;
    displayName: string | null;
    country: string | null;
    setsBio: boolean;
    bio: string | null;
    setsAvatarUrl: boolean;
    avatarUrl: string | null;
  },
  Nothing
>(
  "profile_update",
  `
  update users
  set
    handle = coalesce(:handle, handle),
    display_name = coalesce(:displayName, display_name),
    country = coalesce(:country, country),
    bio = case when :setsBio then :bio else bio end,
    avatar_url = case when :setsAvatarUrl then :avatarUrl else avatar_url end
  where id = :userId`,
);

const updateAccount = statement<
  { userId: string; setsEmail: boolean; email: string | null; setsPhone: boolean; phone: string | null },
  { email: string | null; phone: string | null }
>(
  "profile_update_account",
  `
  update accounts
  set
    email = case when :setsEmail then :email else email end,
    phone = case when :setsPhone then :phone else phone end
  where user_id = :userId
  returning email, phone`,
);

/**
 * Changes what the viewer says of themselves. Throws INVALID, CONFLICT where the new handle is somebody else's,
 * TOO_MANY_REQUESTS where they have given up too many of late, or say too often by what they can be found, and
 * NOT_ALLOWED_BY_POLICY where they are too young for the country.
 */
export async function updateProfile(context: ActionContext, change: ProfileChange): Promise<void> {
  const { userId } = requireViewer(context);
  const { bio, email, phone } = change;
  const handle = typeof change.handle === "string" ? cleanHandle(change.handle) : null;
  const user = {
    handle,
    displayName: typeof change.displayName === "string" ? cleanDisplayName(change.displayName) : null,
    country: change.country ?? null,
    setsBio: bio !== undefined,
    // Nothing but blanks is nothing.
    bio: cleanText(bio ?? "", { min: 0, max: 160, path: "bio" }) || null,
    setsAvatarUrl: change.avatarUrl !== undefined,
    avatarUrl: change.avatarUrl ?? null,
  };
  const account = {
    setsEmail: email !== undefined,
    email: cleanEmail(email ?? null),
    setsPhone: phone !== undefined,
    phone: cleanPhone(phone ?? null),
  };
  if (user.country !== null) await requireOldEnoughIn(context, user.country);
  if (account.setsEmail || account.setsPhone) await context.rates.take("contactPoints", userId);
  await write(context, async (queries) => {
    await lockSelf(queries, userId);
    if (handle !== null) {
      const former = requireFound((await queries.run(readHandle, { userId }))[0], "person").handle;
      const { moderators } = context;
      if (handle !== former) await exchangeHandle(queries, userId, { from: former, to: handle, moderators });
    }
    await queries.run(updateUser, { userId, ...user });
    if (!account.setsEmail && !account.setsPhone) return;
    const [points] = await queries.run(updateAccount, { userId, ...account });
    if (points !== undefined) await setContactPoints(queries, context.keys, userId, points);
  });
  if (account.setsEmail || account.setsPhone) context.soon("joined-contacts");
}

/** The settings by which a person lets others in. */
export type PrivacySettings = Pick<
  User,
  | "messagesFrom"
  | "friendRequestsFrom"
  | "groupInvitesFrom"
  | "friendListVisibleTo"
  | "activityVisibleTo"
  | "readReceipts"
  | "showLastActive"
  | "discoverableByContacts"
  | "suggestMe"
>;

const setPrivacy = statement<
  {
    userId: string;
    messagesFrom: Reach | null;
    friendRequestsFrom: Reach | null;
    groupInvitesFrom: Reach | null;
    friendListVisibleTo: Reach | null;
    activityVisibleTo: Reach | null;
    readReceipts: boolean | null;
    showLastActive: boolean | null;
    discoverableByContacts: boolean | null;
    suggestMe: boolean | null;
  },
  Nothing
>(
  "privacy_set",
  `
  update users
  set
    messages_from = coalesce(:messagesFrom::reach, messages_from),
    friend_requests_from = coalesce(:friendRequestsFrom::reach, friend_requests_from),
    group_invites_from = coalesce(:groupInvitesFrom::reach, group_invites_from),
    friend_list_visible_to = coalesce(:friendListVisibleTo::reach, friend_list_visible_to),
    activity_visible_to = coalesce(:activityVisibleTo::reach, activity_visible_to),
    read_receipts = coalesce(:readReceipts, read_receipts),
    show_last_active = coalesce(:showLastActive, show_last_active),
    discoverable_by_contacts = coalesce(:discoverableByContacts, discoverable_by_contacts),
    suggest_me = coalesce(:suggestMe, suggest_me)
  where id = :userId`,
);

/** Changes how far the viewer lets others in, from the next read on; a setting that is left out, or null, stays. */
export async function updatePrivacy(
  context: ActionContext,
  settings: { readonly [Setting in keyof PrivacySettings]?: PrivacySettings[Setting] | null },
): Promise<void> {
  const { userId } = requireViewer(context);
  await write(context, async (queries) => {
    await lockSelf(queries, userId);
    await queries.run(setPrivacy, {
      userId,
      messagesFrom: settings.messagesFrom ?? null,
      friendRequestsFrom: settings.friendRequestsFrom ?? null,
      groupInvitesFrom: settings.groupInvitesFrom ?? null,
      friendListVisibleTo: settings.friendListVisibleTo ?? null,
      activityVisibleTo: settings.activityVisibleTo ?? null,
      readReceipts: settings.readReceipts ?? null,
      showLastActive: settings.showLastActive ?? null,
      discoverableByContacts: settings.discoverableByContacts ?? null,
      suggestMe: settings.suggestMe ?? null,
    });
  });
}
