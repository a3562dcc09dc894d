/** Anything that has an id, by its id. */
import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import { RequestError } from "../errors.ts";
import { type NodeKey, type NodeKind, parseGlobalId } from "../ids.ts";
import { commentOf } from "../loaders/comment.ts";
import { conversationById } from "../loaders/conversation.ts";
import { exportById } from "../loaders/export.ts";
import type { Loads } from "../loaders/kinds.ts";
import { messageAt } from "../loaders/message.ts";
import { momentByKey } from "../loaders/moment.ts";
import { notificationById } from "../loaders/notification.ts";
import { reportById } from "../loaders/report.ts";
import { requestBetween } from "../loaders/request.ts";
import { sessionByKey } from "../loaders/session.ts";
import { shareOf } from "../loaders/share.ts";
import { uploadById } from "../loaders/upload.ts";
import { userById } from "../loaders/user.ts";
import { videoById } from "../loaders/video.ts";
import type { Context } from "./context.ts";
import { MAX_NODES } from "./limits.ts";
import { asType, Node } from "./node.ts";

interface Reader {
  /** The type's name. */
  readonly type: string;
  readonly read: (loads: Loads, ...key: [string | number, ...(string | number)[]]) => Promise<object | null>;
}

/** How each kind of id is read: through the same loader as every edge to it. */
const readers: Readonly<Record<NodeKind, Reader>> = {
  user: { type: "User", read: userById },
  request: { type: "FriendRequest", read: requestBetween },
  video: { type: "Video", read: videoById },
  comment: { type: "Comment", read: commentOf },
  conversation: { type: "Conversation", read: conversationById },
  message: { type: "Message", read: messageAt },
  share: { type: "Share", read: shareOf },
  session: { type: "Session", read: sessionByKey },
  notification: { type: "Notification", read: notificationById },
  report: { type: "Report", read: reportById },
  export: { type: "DataExport", read: exportById },
  moment: { type: "Moment", read: momentByKey },
  upload: { type: "VideoUpload", read: uploadById },
};

/** Whatever has this key, marked as what it is; null where the viewer may not see it. */
export async function readNode(loads: Loads, { kind, key }: NodeKey): Promise<object | null> {
  const { type, read } = readers[kind];
  const [first, ...rest] = key;
  const row = first === undefined ? null : await read(loads, first, ...rest);
  return row === null ? null : asType(type, row);
}

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: "Anything by its id; null when there is none that the viewer may see.",
  })
  node(@Ctx() { loads }: Context, @Arg("id", () => ID, { description: "Its id." }) id: string) {
    return readNode(loads, parseGlobalId(id));
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
    // Of a promise each: an id that is none spoils its own place alone.
    return ids.map(async (id) => readNode(loads, parseGlobalId(id)));
  }
}
