/** What comes of adding people to a group. */
import { Field, ID, ObjectType } from "type-graphql";
import { Payload } from "../payload.ts";
import { UserType } from "../user/user.type.ts";
import { ConversationType } from "./conversation.type.ts";

@ObjectType("AddParticipantsPayload", { description: "The group as it is now, and who has come into it." })
export class AddParticipantsPayload extends Payload {
  readonly conversationId: string;
  readonly addedIds: readonly string[];

  constructor(conversationId: string, addedIds: readonly string[], notAdded: string[]) {
    super();
    this.conversationId = conversationId;
    this.addedIds = addedIds;
    this.notAdded = notAdded;
  }

  @Field(() => ConversationType, { nullable: true, description: "The group; null after a refusal." })
  conversation?: ConversationType | null;

  @Field(() => [UserType], { description: "Those who take part from now on; at most 256." })
  added?: UserType[];

  @Field(() => [ID], {
    description:
      "Those who could not be added, or take part already: by the ids that were given. Why is not told.",
  })
  notAdded: string[];
}
