/** What can be found. */
import { createUnionType } from "type-graphql";
import { HashtagType } from "../hashtag/hashtag.type.ts";
import { typeOf } from "../node.ts";
import { connectionOf } from "../page.ts";
import { UserType } from "../user/user.type.ts";
import { VideoType } from "../video/video.type.ts";

export const SearchResult = createUnionType({
  name: "SearchResult",
  description: "A person, a video or a hashtag.",
  types: () => [UserType, VideoType, HashtagType] as const,
  resolveType: typeOf,
});

export const SearchResultConnection = connectionOf("SearchResult", () => SearchResult as never);
