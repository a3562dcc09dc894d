/** Search in what was said in the viewer's own conversations. */
import { Arg, Args, Ctx, FieldResolver, ID, Resolver } from "type-graphql";
import { rowId } from "../../ids.ts";
import { searchMessages } from "../../loaders/message-search.ts";
import { askerOf } from "../../rates.ts";
import { ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { MessageConnection } from "./message.type.ts";

const DESCRIPTION = `Messages that contain each word, newest first, without regard to case and accents: of one conversation,
or of the 1,000 in which something was said last. Among the newest 5,000 messages any part of a word is enough; older ones
are found by whole words, and in scripts without blanks by any letters. Nothing is found that the viewer can't read, nor in
message requests. At most 100 characters. TOO_MANY_REQUESTS after 120 within a minute, \`search\` included.`;

@Resolver(() => ViewerType)
export class MessageSearchResolver {
  @FieldResolver(() => MessageConnection, { description: DESCRIPTION.replaceAll("\n", " ") })
  async searchMessages(
    @Ctx() context: Context,
    @Arg("query", () => String, { description: "What is looked for, up to 100 characters." }) query: string,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("conversationId", () => ID, {
      nullable: true,
      description: "Only this conversation; nothing is found in one that the viewer takes no part in.",
    })
    conversationId?: string | null,
  ) {
    await context.rates.take("search", askerOf(context));
    const id = typeof conversationId === "string" ? rowId("conversation", conversationId) : null;
    return new Connection(await searchMessages(context.loads, query, id, pageRequest(page)));
  }
}
