/** What asking to be let in to a video answers. */
import { Field, ObjectType } from "type-graphql";
import { Payload } from "../payload.ts";

@ObjectType("RequestVideoAccessPayload", { description: "Whether the author is asked." })
export class RequestVideoAccessPayload extends Payload {
  @Field(() => Boolean, {
    description: "Whether the author is asked; false after a refusal of this mutation.",
  })
  requested: boolean;
}
