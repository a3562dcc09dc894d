/** Invites: made, revoked, and taken by whoever holds their code. */
import { inviteHash, newInviteCode, plainCode, readFriendCode, readShareCode } from "../codes.ts";
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { requireFound, UserError } from "../errors.ts";
import { INVITE_DAYS, MAX_INVITE_DAYS, MAX_OPEN_INVITES } from "../limits.ts";
import { conversationById } from "../loaders/conversation.ts";
import { inviteByCode, invitesSince } from "../loaders/invite.ts";
import { decide, type Party } from "../policy.ts";
import type { Keys } from "../secrets.ts";
import { requireViewer } from "../viewer.ts";
import { inviteVisible } from "../visibility/invite.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { befriendByCode, codeIsOver, lockMeeting, type Meeting, redeemFriendCode } from "./friend-code.ts";
import { lockAll } from "./friendship.ts";
import { cantJoin, joinGroup, lockGroup } from "./participant.ts";
import { joinByShareLink } from "./share-link.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

const countOpen = statement<{ viewerId: string }, { open: number }>(
  "invites_open",
  `
  select count(*)::integer as open
  from invites i
  where i.user_id = :viewerId and i.expires_at > now() and i.revoked_at is null
    and (i.max_uses is null or i.uses < i.max_uses)`,
);

type InviteParameters = {
  codeHash: Buffer;
  viewerId: string;
  conversationId: string | null;
  maxUses: number | null;
  expiresAt: Date;
};

const insertInvite = statement<InviteParameters, Nothing>(
  "invite_insert",
  `
  insert into invites (code_hash, user_id, conversation_id, max_uses, expires_at)
  values (:codeHash, :viewerId, :conversationId, :maxUses, :expiresAt)`,
);

export interface NewInvite {
  /** The group that it is for; null for one that makes friends. */
  readonly conversationId: string | null;
  /** Null for as many as like. */
  readonly maxUses: number | null;
  readonly expiresAt: string | null;
}

/**
 * Makes an invite and returns its code, which is kept nowhere. Throws INVALID, NOT_FOUND and FORBIDDEN where the viewer
 * can't invite others to the conversation, LIMIT_REACHED and TOO_MANY_REQUESTS.
 */
export async function createInvite(context: ActionContext, input: NewInvite): Promise<string> {
  const { userId: viewerId } = requireViewer(context);
  const { conversationId, maxUses } = input;
  const expiresAt = expiryOf(input.expiresAt);
  if (conversationId !== null) {
    requireFound(await conversationById(context.loads, conversationId), "conversation", "conversationId");
    if ((await invitesSince(context.loads, conversationId, viewerId)) === null) {
      throw new UserError("FORBIDDEN", "Only the owner and the admins of a group invite others to it.", {
        path: ["conversationId"],
      });
    }
  }
  await context.rates.take("createInvite", viewerId);
  const code = newInviteCode();
  await write(context, async (queries) => {
    await lockAll(queries, [viewerId]);
    const [own] = await queries.run(countOpen, { viewerId });
    if (own !== undefined && own.open >= MAX_OPEN_INVITES) {
      throw new UserError("LIMIT_REACHED", `Nobody can have more than ${MAX_OPEN_INVITES} open invites.`);
    }
    await queries.run(insertInvite, { codeHash: hashOf(code), viewerId, conversationId, maxUses, expiresAt });
  });
  return code;
}

function expiryOf(given: string | null): Date {
  if (given === null) return new Date(Date.now() + INVITE_DAYS * DAY_MS);
  const days = (Date.parse(given) - Date.now()) / DAY_MS;
  if (days > 0 && days <= MAX_INVITE_DAYS) return new Date(given);
  throw new UserError("INVALID", `An invite ends within ${MAX_INVITE_DAYS} days from now.`, {
    path: ["expiresAt"],
  });
}

/** Under what a plain code is kept; throws NOT_FOUND for what can be no invite's. */
function hashOf(code: string): Buffer {
  return Buffer.from(requireFound(inviteHash(code), "invite", "code"), "hex");
}

const markRevoked = statement<{ codeHash: Buffer }, Nothing>(
  "invite_revoke",
  `
  update invites
  set revoked_at = now()
  where code_hash = :codeHash and revoked_at is null`,
);

/** Ends an invite of the viewer; one that has ended stays so. Throws NOT_FOUND, and FORBIDDEN for another's. */
export async function revokeInvite(context: ActionContext, given: string): Promise<void> {
  const { userId: viewerId } = requireViewer(context);
  const invite = requireFound(await inviteByCode(context.loads, context.keys, given), "invite", "code");
  if (invite.userId !== viewerId) {
    throw new UserError("FORBIDDEN", "Only who has made an invite revokes it.", { path: ["code"] });
  }
  if (inviteHash(invite.code) === null) {
    throw new UserError("INVALID", "A code that is shown in person ends by itself.", { path: ["code"] });
  }
  await write(context, (queries) => queries.run(markRevoked, { codeHash: hashOf(invite.code) }));
}

type Found = { maker: string; conversationId: string | null; createdAt: string };

const findInvite = statement<{ viewerId: string; codeHash: Buffer }, Found>(
  "invite_find",
  `
  select i.user_id as maker, i.conversation_id as "conversationId", i.created_at as "createdAt"
  from invites i
  join users u on u.id = i.user_id and ${inviteVisible(":viewerId", "u", "i.created_at")}
  where i.code_hash = :codeHash`,
);

const noteRedemption = statement<{ viewerId: string; codeHash: Buffer }, { userId: string }>(
  "invite_note_redemption",
  `
  insert into invite_redemptions (code_hash, user_id)
  values (:codeHash, :viewerId)
  on conflict do nothing
  returning user_id as "userId"`,
);

const takeUses = statement<{ codeHash: Buffer; uses: number }, { uses: number }>(
  "invite_take_uses",
  `
  update invites
  set uses = uses + :uses::integer
  where code_hash = :codeHash and revoked_at is null and expires_at > now()
    and (max_uses is null or uses + :uses::integer <= max_uses)
  returning uses`,
);

/** What somebody has got by a code: a friend, or a place in a group. */
export interface Redeemed {
  readonly friendId: string | null;
  readonly conversationId: string | null;
}

// An invite joins two people once: whoever of them has ended the friendship since is not brought back by it.
async function meetByInvite(
  queries: Queries,
  tell: Tell,
  viewerId: string,
  codeHash: Buffer,
  meeting: Meeting,
  maker: string,
): Promise<void> {
  if (meeting.areFriends) return;
  const isFirst = (await queries.run(noteRedemption, { viewerId, codeHash })).length > 0;
  if (!isFirst || (await queries.run(takeUses, { codeHash, uses: 1 })).length === 0) throw codeIsOver();
  await befriendByCode(queries, tell, meeting, { viewerId, maker, metThrough: "INVITE_LINK" });
}

const readParties = statement<{ ids: readonly string[] }, Party & { id: string }>(
  "invite_parties",
  `
  select u.id, u.country, to_char(a.birth_date, 'YYYY-MM-DD') as "birthDate"
  from users u
  join accounts a on a.user_id = u.id
  where u.id = any(:ids::bigint[])`,
);

// Of the other's age nothing is said.
async function requireBothMay(queries: Queries, viewerId: string, maker: string): Promise<void> {
  for (const { id, ...party } of await queries.run(readParties, { ids: [viewerId, maker] })) {
    const rule = decide("GROUPS", party);
    if (rule.allowed) continue;
    if (id !== viewerId) throw cantJoin();
    throw new UserError("NOT_ALLOWED_BY_POLICY", rule.because, { ruleId: rule.id, path: ["code"] });
  }
}

async function joinByInvite(
  queries: Queries,
  tell: Tell,
  viewerId: string,
  codeHash: Buffer,
  { areFriends }: Meeting,
  { maker, createdAt, conversationId }: Found & { readonly conversationId: string },
): Promise<void> {
  const group = requireFound(await lockGroup(queries, conversationId), "invite", "code");
  if (group.participants.get(viewerId)?.state === "ACTIVE") return;
  const host = group.participants.get(maker);
  // Whoever has left and come back since has made it in another life.
  if (host === undefined || !host.mayInvite || host.joinedAt > createdAt) throw codeIsOver();
  const isFirst = (await queries.run(noteRedemption, { viewerId, codeHash })).length > 0;
  const taken = await queries.run(takeUses, { codeHash, uses: isFirst ? 1 : 0 });
  if (taken.length === 0) throw codeIsOver();
  if (!areFriends) await requireBothMay(queries, viewerId, maker);
  await joinGroup(queries, tell, group, viewerId);
}

/**
 * Takes what a code offers to the viewer: a friend, or a place in a group. Whoever has it already keeps it, and uses
 * nothing up. Throws NOT_FOUND for a code by which they find nothing, INVALID for one's own and for a video's, EXPIRED for
 * one that is no longer good, UNAVAILABLE for a group that they were removed from, NOT_ALLOWED_BY_POLICY, and
 * LIMIT_REACHED.
 */
export async function redeem(
  queries: Queries,
  tell: Tell,
  keys: Keys,
  viewerId: string,
  given: string,
): Promise<Redeemed> {
  const code = plainCode(given);
  const shown = readFriendCode(keys.friendCode, code);
  if (shown !== null) {
    await redeemFriendCode(queries, tell, viewerId, shown);
    return { friendId: shown.userId, conversationId: null };
  }
  if (readShareCode(keys.shareLink, code) !== null) {
    throw new UserError(
      "INVALID",
      "This is the code of a video: it makes friends of those who sign up with it.",
      {
        path: ["code"],
      },
    );
  }
  const codeHash = hashOf(code);
  const [before] = await queries.run(findInvite, { viewerId, codeHash });
  const { maker } = requireFound(before, "invite", "code");
  const meeting = await lockMeeting(queries, viewerId, maker);
  // Again, for whatever was faster than the locks.
  const [found] = await queries.run(findInvite, { viewerId, codeHash });
  const invite = requireFound(found, "invite", "code");
  if (invite.conversationId === null) {
    await meetByInvite(queries, tell, viewerId, codeHash, meeting, maker);
    return { friendId: maker, conversationId: null };
  }
  const { conversationId } = invite;
  await joinByInvite(queries, tell, viewerId, codeHash, meeting, { ...invite, conversationId });
  return { friendId: null, conversationId };
}

/** Takes what a code offers to the viewer; throws what `redeem` throws, and TOO_MANY_REQUESTS. */
export async function redeemInvite(context: ActionContext, code: string): Promise<Redeemed> {
  const { userId: viewerId } = requireViewer(context);
  await context.rates.take("redeemInvite", viewerId);
  return write(context, (queries, tell) => redeem(queries, tell, context.keys, viewerId, code));
}

/**
 * Takes what a code, be it that of a share link, offers to somebody whose account is being made in the same
 * transaction. Whatever is wrong with the code refuses the sign-up: it is said to be about `inviteCode`, which can be
 * left out.
 */
export async function redeemAtSignUp(
  queries: Queries,
  tell: Tell,
  keys: Keys,
  viewerId: string,
  code: string,
): Promise<void> {
  try {
    const link = readShareCode(keys.shareLink, plainCode(code));
    if (link !== null) await joinByShareLink(queries, tell, viewerId, link);
    else await redeem(queries, tell, keys, viewerId, code);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.code, error.message, { ...error.details, path: ["inviteCode"] });
  }
}

const barBetween = statement<{ viewerId: string; other: string }, Nothing>(
  "invite_bar",
  `
  insert into invite_bars (user_id, other_id, at)
  values (:viewerId::bigint, :other::bigint, clock_timestamp()), (:other, :viewerId, clock_timestamp())
  on conflict (user_id, other_id) do update set at = excluded.at`,
);

/** Makes void between two people, who are locked, whatever either has made so far for others to meet them by. */
export async function barInvites(queries: Queries, viewerId: string, other: string): Promise<void> {
  await queries.run(barBetween, { viewerId, other });
}
