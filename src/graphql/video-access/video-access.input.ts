/** What is given to let somebody see a video. */
import { Field, ID, InputType } from "type-graphql";

@InputType("GrantVideoAccessInput", {
  description: "Whom to let see a video whatever its audience, or no longer.",
})
export class GrantVideoAccessInput {
  @Field(() => ID, { description: "A video of the viewer's own." })
  videoId: string;

  @Field(() => ID, { description: "A friend of the viewer's." })
  userId: string;

  @Field(() => Boolean, {
    description:
      "True lets them in; false takes that back, or refuses what they have asked for, of which they are not told.",
  })
  granted: boolean;
}
