/** A moment, as those to whom it is shown may see it. */
import { Field, ID, ObjectType } from "type-graphql";
import type { MomentKey } from "../../actions/moment-notification.ts";
import type { Audience } from "../../entities/video.ts";
import type { SeenMoment } from "../../loaders/moment.ts";
import { AudienceEnum } from "../enums.ts";
import { Node } from "../node.ts";
import { connectionOf } from "../page.ts";
import { Payload } from "../payload.ts";
import { DateTime } from "../scalars.ts";

type Shown = Pick<SeenMoment, "text" | "audience" | "createdAt" | "expiresAt" | "viewerHasSeen">;

@ObjectType("Moment", {
  implements: Node,
  description:
    "What somebody shows their friends, or their close friends, for 24 hours: words, a video, or both.",
})
export class MomentType extends Node implements Shown {
  @Field(() => String, {
    nullable: true,
    description: "The words, 1 to 500 characters; null for a video without any.",
  })
  text: string | null;

  @Field(() => AudienceEnum, { description: "Who may see it: FRIENDS or CLOSE_FRIENDS of the author." })
  audience: Audience;

  @Field(() => DateTime, { description: "When it was posted." })
  createdAt: string;

  @Field(() => DateTime, { description: "From when on nobody sees it any more, the author neither." })
  expiresAt: string;

  @Field(() => Boolean, {
    description: "Whether the viewer has marked it as seen; false for one's own.",
  })
  viewerHasSeen: boolean;
}

export const MomentConnection = connectionOf("Moment", () => MomentType);

@ObjectType("MomentPayload", { description: "The moment as it is now." })
export class MomentPayload extends Payload {
  readonly key: MomentKey | null;

  constructor(key: MomentKey) {
    super();
    this.key = key;
  }

  @Field(() => MomentType, { nullable: true, description: "The moment; null after a refusal." })
  moment?: MomentType | null;
}

@ObjectType("DeleteMomentPayload", { description: "Which moment is gone." })
export class DeleteMomentPayload extends Payload {
  @Field(() => ID, {
    nullable: true,
    description: "The id of the moment that was deleted; null after a refusal.",
  })
  deletedId: string | null;
}
