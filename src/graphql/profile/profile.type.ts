/** The answers to changing a profile. */
import { Field, ObjectType } from "type-graphql";
import { type ViewerRoot, ViewerType } from "../account/account.type.ts";
import { Payload } from "../payload.ts";

@ObjectType("UpdateProfilePayload", { description: "The viewer, with their profile as it now is." })
export class UpdateProfilePayload extends Payload {
  @Field(() => ViewerType, { nullable: true, description: "Who it is; null after a refusal." })
  viewer: ViewerRoot | null;
}

@ObjectType("UpdatePrivacyPayload", { description: "The viewer, with their settings as they now are." })
export class UpdatePrivacyPayload extends Payload {
  @Field(() => ViewerType, { nullable: true, description: "Who it is; null after a refusal." })
  viewer: ViewerRoot | null;
}
