/** What comes of an address book. */
import { Field, Int, ObjectType } from "type-graphql";
import { Payload } from "../payload.ts";
import { UserType } from "../user/user.type.ts";

@ObjectType("SyncContactsPayload", { description: "Whom the contacts lead to." })
export class SyncContactsPayload extends Payload {
  @Field(() => [UserType], {
    description: "The first 100 of the people found; `viewer.contactMatches` has all of them.",
  })
  matches?: UserType[];

  @Field(() => Int, { description: "How many contacts of the viewer are kept now; 0 after a refusal." })
  kept: number;
}

@ObjectType("ForgetContactsPayload", { description: "What has been forgotten." })
export class ForgetContactsPayload extends Payload {
  @Field(() => Int, { description: "How many contacts were erased; 0 after a refusal." })
  forgotten: number;
}
