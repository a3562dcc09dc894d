/** Reads of invites, and of the codes that are shown in person: whoever holds a code may read what it offers. */
import { inviteHash, plainCode, readFriendCode } from "../codes.ts";
import type { Keys } from "../secrets.ts";
import { inviteVisible, mayInvite } from "../visibility/invite.ts";
import { fact, type Loads, one } from "./kinds.ts";

export const INVITE_STATUSES = ["OPEN", "USED_UP", "EXPIRED", "REVOKED"] as const;
export type InviteStatus = (typeof INVITE_STATUSES)[number];

/** What a code offers. */
export interface SeenInvite {
  readonly code: string;
  /** Who made it. */
  readonly userId: string;
  /** The group that it is for; null for one that makes friends. */
  readonly conversationId: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
  /** How many people may still take it; null for as many as like. */
  readonly usesLeft: number | null;
  /** As far as the invite itself says: one to a group ends with its maker's part in it, too. */
  readonly ownStatus: InviteStatus;
}

interface InviteRow extends Omit<SeenInvite, "code"> {
  readonly hash: string;
}

/** SQL: what has become of the row `invite` of invites, by itself. */
const statusOf = (invite: string) => `
  case
    when ${invite}.revoked_at is not null then 'REVOKED'
    when ${invite}.expires_at <= now() then 'EXPIRED'
    when ${invite}.uses >= ${invite}.max_uses then 'USED_UP'
    else 'OPEN'
  end`;

const inviteByHash = one<InviteRow>({
  name: "invite_by_hash",
  key: { hash: "text" },
  keyOf: ({ hash }) => [hash],
  sql: (k) => `
    select k.nr, k.hash, i.user_id as "userId", i.conversation_id as "conversationId", i.created_at as "createdAt",
      i.expires_at as "expiresAt", i.max_uses - i.uses as "usesLeft", ${statusOf("i")} as "ownStatus"
    from ${k}
    join invites i on i.code_hash = decode(k.hash, 'hex')
    join users u on u.id = i.user_id and ${inviteVisible("k.viewer_id", "u", "i.created_at")}`,
});

interface FriendCodeRow {
  readonly userId: string;
  readonly nonce: string;
  readonly madeAt: string;
  readonly isUsed: boolean;
}

const friendCodeBy = one<FriendCodeRow>({
  name: "friend_code_by",
  key: { user_id: "bigint", nonce: "bigint", made_at: "bigint" },
  keyOf: ({ userId, nonce, madeAt }) => [userId, nonce, madeAt],
  sql: (k) => `
    select k.nr, k.user_id as "userId", k.nonce, k.made_at as "madeAt",
      exists (select from used_friend_codes c where c.user_id = k.user_id and c.nonce = k.nonce) as "isUsed"
    from ${k}
    join users u on u.id = k.user_id
      and ${inviteVisible("k.viewer_id", "u", "to_timestamp(k.made_at / 1000.0)")}`,
});

/** What a code offers, whichever of the two it is; null for a code by which the viewer finds nothing. */
export async function inviteByCode(loads: Loads, keys: Keys, given: string): Promise<SeenInvite | null> {
  const code = plainCode(given);
  const shown = readFriendCode(keys.friendCode, code);
  if (shown !== null) {
    const row = await friendCodeBy(loads, shown.userId, shown.nonce, shown.madeAt);
    if (row === null) return null;
    return {
      code,
      userId: shown.userId,
      conversationId: null,
      createdAt: new Date(shown.madeAt).toISOString(),
      expiresAt: new Date(shown.expiresAt).toISOString(),
      usesLeft: row.isUsed ? 0 : 1,
      ownStatus: row.isUsed ? "USED_UP" : shown.expiresAt <= Date.now() ? "EXPIRED" : "OPEN",
    };
  }
  const hash = inviteHash(code);
  const row = hash === null ? null : await inviteByHash(loads, hash);
  return row === null ? null : { ...row, code };
}

/** Since when a person has had a part in a group that lets them invite others; null where they have none. */
export const invitesSince = fact<string | null>({
  name: "invites_since",
  key: { conversation_id: "bigint", user_id: "bigint" },
  missing: null,
  sql: (k) => `
    select k.nr, p.joined_at as value
    from ${k}
    join participants p on p.conversation_id = k.conversation_id and p.user_id = k.user_id and ${mayInvite("p")}`,
});

/** What has become of an invite. */
export async function inviteStatus(loads: Loads, invite: SeenInvite): Promise<InviteStatus> {
  const { ownStatus, conversationId, userId, createdAt } = invite;
  if (ownStatus !== "OPEN" || conversationId === null) return ownStatus;
  const since = await invitesSince(loads, conversationId, userId);
  return since !== null && since <= createdAt ? "OPEN" : "REVOKED";
}
