/** What is given to delete one's account. */
import { MaxLength } from "class-validator";
import { Field, InputType } from "type-graphql";
import { MESSAGE_ERASURES, type MessageErasure } from "../../entities/account.ts";
import { graphqlEnum } from "../enums.ts";

const MessageErasureEnum = graphqlEnum(
  "MessageErasure",
  MESSAGE_ERASURES,
  "What becomes of somebody's messages when their account is erased.",
  {
    KEEP_WITHOUT_NAME: "They stay as they are, and nobody can tell any more who sent them.",
    ERASE: "They are taken back: of each a place and a time stay, and nothing that it said.",
  },
);

@InputType("DeleteAccountInput", { description: "That it is the viewer who asks, and what is to go." })
export class DeleteAccountInput {
  @Field(() => String, {
    description:
      "The viewer's password; whatever comes here is good for those who have none, for they come by an identity provider.",
  })
  @MaxLength(128, { message: "A password has at most 128 characters." })
  password: string;

  @Field(() => MessageErasureEnum, { description: "What becomes of the viewer's messages." })
  messages: MessageErasure;
}
