/** A video brought into a conversation, and the talk about it there. */
import { Field, ID, Int, ObjectType } from "type-graphql";
import type { ShareOutcome } from "../../actions/share.ts";
import type { Share } from "../../entities/share.ts";
import type { UnavailableReason } from "../../loaders/video.ts";
import { UnavailableReasonEnum } from "../enums.ts";
import { Node } from "../node.ts";
import { connectionOf } from "../page.ts";
import { Payload, UserErrorType } from "../payload.ts";
import { DateTime } from "../scalars.ts";
import { VideoType } from "../video/video.type.ts";

@ObjectType("Unavailable", { description: "What can be said of a shared video that the viewer may not see." })
export class UnavailableType {
  @Field(() => UnavailableReasonEnum, { description: "Why it can't be seen." })
  reason: UnavailableReason;

  @Field(() => Boolean, {
    description:
      "Whether the viewer, a friend of its author, can ask to be let in: see `requestVideoAccess`.",
  })
  canRequestAccess: boolean;

  @Field(() => ID, {
    nullable: true,
    description:
      "The video, to ask for; null where it can't be asked for, for an id would tell that there is such a video.",
  })
  videoId: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When the viewer has asked to be let in; null where they have not. A refusal is not told.",
  })
  requestedAt: string | null;
}

@ObjectType("Share", {
  implements: Node,
  description:
    "A video brought into a conversation, and the talk about it there. A video is shared into a conversation once: sharing it again finds the same share.",
})
export class ShareType
  extends Node
  implements Pick<Share, "note" | "createdAt" | "replyCount" | "lastActivityAt">
{
  @Field(() => String, {
    nullable: true,
    description: "What the sharer said of it, up to 4,000 characters; null for nothing.",
  })
  note: string | null;

  @Field(() => DateTime, { description: "When it was shared." })
  createdAt: string;

  @Field(() => Int, {
    description: "How many messages talk about it here, of those that the viewer can read.",
  })
  replyCount: number;

  @Field(() => DateTime, {
    description: "When it was last talked about here, as far as the viewer can read it, or shared.",
  })
  lastActivityAt: string;
}

export const ShareConnection = connectionOf("Share", () => ShareType);

@ObjectType("ShareResult", { description: "What came of sharing with one target." })
export class ShareResult {
  @Field(() => ID, { description: "The person or the conversation, as it was named." })
  targetId: string;

  @Field(() => ShareType, {
    nullable: true,
    description: "The share; null when it was refused, and where the viewer no longer sees it.",
  })
  share?: ShareType | null;

  @Field(() => Boolean, { description: "Whether it had been shared there before; the note became a reply." })
  alreadyShared: boolean;

  @Field(() => UserErrorType, { nullable: true, description: "Why it was refused; null when it was not." })
  error: UserErrorType | null;
}

/** What is behind the fields of ShareResult. */
export interface ShareResultRoot extends Pick<ShareOutcome, "targetId" | "alreadyShared" | "conversationId"> {
  readonly videoId: string;
  readonly error: UserErrorType | null;
}

@ObjectType("ShareVideoPayload", { description: "What came of sharing, for each target." })
export class ShareVideoPayload extends Payload {
  @Field(() => [ShareResult], {
    description: "One for each target, in the order in which they were named; at most 50.",
  })
  results: ShareResultRoot[];

  @Field(() => VideoType, { nullable: true, description: "The video; null after a refusal." })
  video?: VideoType | null;
}
