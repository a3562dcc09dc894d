/** What befriending, parting and blocking answer. */
import { Field, ObjectType } from "type-graphql";
import { Payload } from "../payload.ts";
import { UserType } from "../user/user.type.ts";
import { RelationshipType } from "./relationship.type.ts";

@ObjectType("FriendshipPayload", { description: "How the viewer and the person stand now." })
export class FriendshipPayload extends Payload {
  readonly userId: string | null;

  constructor(userId: string) {
    super();
    this.userId = userId;
  }

  @Field(() => RelationshipType, {
    nullable: true,
    description:
      "How they stand, also after a CONFLICT; null after other refusals, and where the viewer may not see the person.",
  })
  relationship?: RelationshipType | null;

  @Field(() => UserType, {
    nullable: true,
    description: "The person; null where the viewer may not see them.",
  })
  user?: UserType | null;
}
