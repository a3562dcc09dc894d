/** What is given to post a moment, and to name one. */
import { Length } from "class-validator";
import { Field, ID, InputType } from "type-graphql";
import type { MomentKey } from "../../actions/moment-notification.ts";
import type { Audience } from "../../entities/video.ts";
import { keyOf } from "../../ids.ts";
import { AudienceEnum } from "../enums.ts";

@InputType("PostMomentInput", { description: "What to show for a day: words, a video, or both." })
export class PostMomentInput {
  @Field(() => ID, {
    nullable: true,
    description:
      "A video that the viewer may see and that can be watched. Nobody sees it by this who may not.",
  })
  videoId?: string | null;

  @Field(() => String, { nullable: true, description: "Words, 1 to 500 characters after trimming." })
  text?: string | null;

  @Field(() => AudienceEnum, {
    nullable: true,
    description: "FRIENDS or CLOSE_FRIENDS; FRIENDS when left out, and INVALID for any other.",
  })
  audience?: Audience | null;

  @Field(() => String, {
    nullable: true,
    description:
      "A key of the client's own, 1 to 100 characters: posting again with it finds the same moment while it is shown.",
  })
  @Length(1, 100, { message: "A nonce has 1 to 100 characters." })
  nonce?: string | null;
}

@InputType("MomentIdInput", { description: "A moment." })
export class MomentIdInput {
  @Field(() => ID, { description: "The moment." })
  momentId: string;
}

/** The key in the id of a moment; throws BAD_USER_INPUT for any other id. */
export function momentKey(momentId: string): MomentKey {
  const [authorId = "", id = ""] = keyOf("moment", momentId);
  return { authorId, id };
}
