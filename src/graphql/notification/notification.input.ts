/** What is given to mark notifications as seen. */
import { Field, InputType } from "type-graphql";
import { DateTime } from "../scalars.ts";

@InputType("MarkNotificationsSeenInput", { description: "How far the viewer has seen their notifications." })
export class MarkNotificationsSeenInput {
  @Field(() => DateTime, {
    description:
      "The `at` of the newest that was seen. An earlier one than before changes nothing, a later one than now is now.",
  })
  upTo: string;
}
