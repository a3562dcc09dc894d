/** What deleting one's account answers. */
import { Field, ObjectType } from "type-graphql";
import { Payload } from "../payload.ts";
import { DateTime } from "../scalars.ts";

@ObjectType("DeleteAccountPayload", { description: "The account is hidden now, and signed out everywhere." })
export class DeleteAccountPayload extends Payload {
  @Field(() => DateTime, {
    nullable: true,
    description:
      "When it will be erased, in thirty days: signing in before brings it back. Null after a refusal.",
  })
  deletesAt: Date | null;
}
