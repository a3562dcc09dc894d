/** Reads of share links: whoever holds the code of one may read it, signed in or not. */
import { plainCode, readShareCode } from "../codes.ts";
import type { Keys } from "../secrets.ts";
import { inviteVisible } from "../visibility/invite.ts";
import { type Loads, one } from "./kinds.ts";

interface ShareLinkRow {
  readonly userId: string;
  readonly videoId: string;
  /** How often its page was opened; null for everybody but whoever made it. */
  readonly openCount: number | null;
}

/** A share link as the viewer has it. */
export interface SeenShareLink extends ShareLinkRow {
  readonly code: string;
}

const shareLinkOf = one<ShareLinkRow>({
  name: "share_link_of",
  key: { user_id: "bigint", video_id: "bigint" },
  keyOf: ({ userId, videoId }) => [userId, videoId],
  sql: (k) => `
    select
      k.nr, l.user_id as "userId", l.video_id as "videoId",
      case when l.user_id = k.viewer_id then l.open_count end as "openCount"
    from ${k}
    join share_links l on l.user_id = k.user_id and l.video_id = k.video_id
    join users u on u.id = l.user_id and ${inviteVisible("k.viewer_id", "u", "l.created_at")}`,
});

/** The share link of a code; null for a code by which the viewer finds nothing. */
export async function shareLinkByCode(
  loads: Loads,
  keys: Keys,
  given: string,
): Promise<SeenShareLink | null> {
  const code = plainCode(given);
  const said = readShareCode(keys.shareLink, code);
  const row = said === null ? null : await shareLinkOf(loads, said.userId, said.videoId);
  return row === null ? null : { ...row, code };
}
