/** Who is in a conversation at this moment. */
import { Field, ObjectType } from "type-graphql";
import { Payload } from "../payload.ts";
import { DateTime } from "../scalars.ts";
import { UserType } from "../user/user.type.ts";

@ObjectType("ConversationPresence", {
  description:
    "Who else is in a conversation at this moment. It replaces what came before; nothing of it is stored.",
})
export class ConversationPresence {
  @Field(() => [UserType], {
    description:
      "The others who type, for 6 seconds each time they say so; at most 50. Not those whom the viewer has blocked, or who have blocked them.",
  })
  typing?: UserType[];

  @Field(() => [UserType], {
    description:
      "The others who have the conversation open: those who subscribe to its presence, where they and the viewer both let it be known when they are active; at most 50.",
  })
  active?: UserType[];
}

@ObjectType("SetTypingPayload", { description: "How long it holds." })
export class SetTypingPayload extends Payload {
  @Field(() => DateTime, {
    nullable: true,
    description:
      "Until when the viewer is shown to type, unless it is said again; null when they no longer do, and after a refusal.",
  })
  until: Date | null;
}
