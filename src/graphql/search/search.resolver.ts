/** Search: one field for people, videos and hashtags. */
import { Arg, Args, Ctx, Query, Resolver } from "type-graphql";
import { search } from "../../loaders/search.ts";
import { askerOf } from "../../rates.ts";
import type { Context } from "../context.ts";
import { asType } from "../node.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { SearchResultConnection } from "./search.type.ts";

const DESCRIPTION = `What is found by a few letters, without regard to case and accents: the viewer's friends, then people
whose handle or name begins with them or contains them, hashtags, and videos whose caption contains each word, newest
first. With \`@\` in front people alone, with \`#\` hashtags alone. At most 100 characters; nothing is found by none.
TOO_MANY_REQUESTS after 120 within a minute.`;

@Resolver()
export class SearchResolver {
  @Query(() => SearchResultConnection, { description: DESCRIPTION.replaceAll("\n", " ") })
  async search(
    @Ctx() context: Context,
    @Arg("query", () => String, { description: "What is looked for, up to 100 characters." }) query: string,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    await context.rates.take("search", askerOf(context));
    const found = await search(context.loads, query, pageRequest(page));
    const cursors = new Map(
      found.rows.map((result) => [asType(result.type, result.row), found.cursorOf(result)]),
    );
    return new Connection<object>({
      ...found,
      rows: [...cursors.keys()],
      cursorOf: (row) => cursors.get(row) ?? "",
    });
  }
}
