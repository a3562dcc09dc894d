/** What the code of an invite, or one that is shown in person, shows outside the app: who invites. */
import { addressOf } from "../../codes.ts";
import { inviteByCode, inviteStatus } from "../../loaders/invite.ts";
import { userById } from "../../loaders/user.ts";
import { type CodePage, codePages } from "../code-page.ts";
import type { Context, Services } from "../context.ts";

/** Answers the addresses of such codes; returns false for any other path, and rejects while the database can't be reached. */
export const invitePage = (services: Services) => codePages(services, /^\/[fi]\/([^/]+)$/, read);

/** The page of a code that can be taken; null for any other, whatever the reason. */
async function read({ loads, keys, publicUrl }: Context, given: string): Promise<CodePage | null> {
  const invite = await inviteByCode(loads, keys, given);
  if (invite === null) return null;
  const [status, from] = await Promise.all([inviteStatus(loads, invite), userById(loads, invite.userId)]);
  if (status !== "OPEN" || from === null) return null;
  const what = invite.conversationId === null ? "would like to be your friend" : "invites you to a group";
  return {
    title: `${from.displayName} (@${from.handle}) ${what} on Kith`,
    advice: "Open this address on a phone that has the app, or enter the code in the app:",
    code: invite.code,
    url: addressOf(publicUrl, invite.code),
  };
}
