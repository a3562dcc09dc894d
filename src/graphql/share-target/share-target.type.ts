/** Whom a video can be shared with. */
import { Field, ObjectType } from "type-graphql";
import {
  SHARE_TARGET_REASONS,
  type ShareTarget,
  type ShareTargetReason,
} from "../../loaders/share-target.ts";
import { graphqlEnum } from "../enums.ts";

const ShareTargetReasonEnum = graphqlEnum(
  "ShareTargetReason",
  SHARE_TARGET_REASONS,
  "Why somebody is likely to be shared with.",
  {
    CLOSE_FRIEND: "The viewer has marked them as a close friend.",
    RECENT: "The viewer said something there within a week.",
    FREQUENT: "Of the newest 50 messages there 10 or more are the viewer's own, of the last 30 days.",
    TALKED_ABOUT_AUTHOR: "A video of the same author was talked about there.",
    FRIEND: "They are friends.",
  },
);

@ObjectType("ShareTarget", {
  description: "A person, in the direct conversation with them, or a group, with whom a video can be shared.",
})
export class ShareTargetType implements Pick<ShareTarget, "reasons" | "canSend"> {
  @Field(() => [ShareTargetReasonEnum], {
    description: "Why they are likely to be shared with; none where the viewer merely takes part.",
  })
  reasons: ShareTargetReason[];

  @Field(() => Boolean, { description: "Whether the viewer can send to them; false says no more than that." })
  canSend: boolean;
}
