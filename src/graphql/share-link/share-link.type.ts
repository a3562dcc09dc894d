/** An address by which somebody shows a video outside. */
import { Field, Int, ObjectType } from "type-graphql";
import type { SeenShareLink } from "../../loaders/share-link.ts";
import { Payload } from "../payload.ts";
import { Url } from "../scalars.ts";

@ObjectType("ShareLink", {
  description:
    "An address by which somebody shows a video outside. It widens no audience: whoever opens it sees the video where they may, and who has shared it.",
})
export class ShareLinkType implements Pick<SeenShareLink, "code" | "openCount"> {
  @Field(() => String, {
    description:
      "For `shareLink`; and for `signUp`, which within 30 days makes the first 100 newcomers friends of whoever shared it.",
  })
  code: string;

  @Field(() => Url, {
    description: "Where it can be opened: a page with what everybody may know of the video.",
  })
  url?: string;

  @Field(() => Int, {
    nullable: true,
    description:
      "How often its page was opened, programs that look at it for a preview among them; null for everybody but whoever shared it.",
  })
  openCount: number | null;
}

@ObjectType("CreateShareLinkPayload", { description: "The link." })
export class CreateShareLinkPayload extends Payload {
  readonly code: string | null;

  constructor(code: string) {
    super();
    this.code = code;
  }

  @Field(() => ShareLinkType, { nullable: true, description: "The link; null after a refusal." })
  shareLink?: ShareLinkType | null;
}
