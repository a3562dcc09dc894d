/** Anything that has an id, by its id. */
import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import { RequestError } from "../errors.ts";
import { type NodeKind, parseGlobalId } from "../ids.ts";
import { conversationById } from "../loaders/conversation.ts";
import { requestBetween } from "../loaders/friendship.ts";
import type { Loads, One } from "../loaders/kinds.ts";
import { messageAt } from "../loaders/message.ts";
import { shareOf } from "../loaders/share.ts";
import { userById } from "../loaders/user.ts";
import { videoById } from "../loaders/video.ts";
import type { Context } from "./context.ts";
import { MAX_NODES } from "./limits.ts";
import { asType, Node } from "./node.ts";

/** How each kind of id is read: through the same loader as every edge to it. */
const readers: Readonly<Partial<Record<NodeKind, { readonly type: string; readonly read: One<object> }>>> = {
  user: { type: "User", read: userById as One<object> },
  request: { type: "FriendRequest", read: requestBetween as One<object> },
  video: { type: "Video", read: videoById as One<object> },
  conversation: { type: "Conversation", read: conversationById as One<object> },
  message: { type: "Message", read: messageAt as One<object> },
  share: { type: "Share", read: shareOf as One<object> },
};

async function load(loads: Loads, id: string): Promise<object | null> {
  const { kind, key } = parseGlobalId(id);
  const reader = readers[kind];
  const row = reader === undefined ? null : await reader.read(loads, ...key);
  return row === null || reader === undefined ? null : asType(reader.type, row);
}

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: "Anything by its id; null when there is none that the viewer may see.",
  })
  node(@Ctx() { loads }: Context, @Arg("id", () => ID, { description: "Its id." }) id: string) {
    return load(loads, id);
  }

  @Query(() => [Node], {
    nullable: "items",
    description:
      "Up to 100 things by their ids, in the order of the ids; null for what the viewer may not see.",
  })
  nodes(
    @Ctx() { loads }: Context,
    @Arg("ids", () => [ID], { description: "Their ids, at most 100." }) ids: string[],
  ) {
    if (ids.length > MAX_NODES) throw new RequestError("BAD_USER_INPUT", `Ask for ${MAX_NODES} ids at most.`);
    return ids.map((id) => load(loads, id));
  }
}
