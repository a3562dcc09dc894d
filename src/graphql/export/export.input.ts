/** What is given to ask for everything about oneself. */
import { MaxLength } from "class-validator";
import { Field, InputType } from "type-graphql";

@InputType("ExportMyDataInput", { description: "That it is the viewer who asks." })
export class ExportMyDataInput {
  @Field(() => String, {
    description:
      "The viewer's password; whatever comes here is good for those who have none, for they come by an identity provider.",
  })
  @MaxLength(128, { message: "A password has at most 128 characters." })
  password: string;
}
