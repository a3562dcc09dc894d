/** What the code of a share link shows outside the app: who has shared it, and of the video what everybody may know. */
import type { IncomingMessage } from "node:http";
import { openShareLink } from "../../actions/share-link.ts";
import { mediaUrl } from "../../actions/video-playback.ts";
import { addressOf } from "../../codes.ts";
import { shareLinkByCode } from "../../loaders/share-link.ts";
import { type SeenUser, userById } from "../../loaders/user.ts";
import { videoById } from "../../loaders/video.ts";
import { type CodePage, codePages } from "../code-page.ts";
import type { Context, Services } from "../context.ts";

/** Answers the addresses of such codes; returns false for any other path, and rejects while the database can't be reached. */
export const shareLinkPage = (services: Services) => codePages(services, /^\/s\/([^/]+)$/, read);

const named = ({ displayName, handle }: SeenUser) => `${displayName} (@${handle})`;

// A look at what the page is, without reading it, opens nothing.
async function read(context: Context, given: string, { method }: IncomingMessage): Promise<CodePage | null> {
  const { loads, keys, publicUrl } = context;
  const link = await shareLinkByCode(loads, keys, given);
  if (link === null) return null;
  const [sharer, video] = await Promise.all([userById(loads, link.userId), videoById(loads, link.videoId)]);
  const author = video === null ? null : await userById(loads, video.authorId);
  if (sharer === null) return null;
  if (method === "GET") await openShareLink(context, link);
  const page = { code: link.code, url: addressOf(publicUrl, link.code) };
  if (video === null || author === null) {
    // Of a video that is gone it says the same as of one that is for others.
    return {
      ...page,
      title: `${named(sharer)} shares a video with you on Kith`,
      advice: "Open this address in the app to see whether it is for you, or sign up with the code:",
    };
  }
  return {
    ...page,
    title: `${named(sharer)} shares a video${author.id === sharer.id ? "" : ` by ${named(author)}`} on Kith`,
    ...(video.caption !== "" && { description: video.caption }),
    advice: "Open this address in the app to watch it, or sign up with the code:",
    imageUrl: video.thumbnailUrl ?? (video.hasPoster ? mediaUrl(context, video, "poster.jpg") : null),
  };
}
