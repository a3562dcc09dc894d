/** A place where the viewer is signed in. */
import { Field, ObjectType } from "type-graphql";
import type { OwnSession } from "../../loaders/session.ts";
import { Node } from "../node.ts";
import { DateTime } from "../scalars.ts";

type Shown = Pick<OwnSession, "userAgent" | "createdAt" | "lastUsedAt">;

@ObjectType("Session", {
  implements: Node,
  description: "A place where the viewer is signed in; for them alone. `signOut` ends it.",
})
export class SessionType extends Node implements Shown {
  @Field(() => String, {
    nullable: true,
    description: "What the client said it is, up to 200 characters; null when it said nothing.",
  })
  userAgent: string | null;

  @Field(() => DateTime, { description: "When the viewer signed in there." })
  createdAt: string;

  @Field(() => DateTime, { description: "When its credentials were last given or refreshed." })
  lastUsedAt: string;

  @Field(() => Boolean, { description: "Whether this request belongs to it." })
  current?: boolean;
}
