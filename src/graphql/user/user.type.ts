/** A person, as the world may see them. */
import { Field, Int, ObjectType } from "type-graphql";
import type { User } from "../../entities/user.ts";
import { Node } from "../node.ts";
import { connectionOf } from "../page.ts";
import { DateTime, Url } from "../scalars.ts";

type Shown = Pick<User, "handle" | "displayName" | "bio" | "avatarUrl" | "createdAt">;

@ObjectType("User", { implements: Node, description: "A person." })
export class UserType extends Node implements Shown {
  @Field(() => String, { description: "Unique without regard to case; 3 to 30 of `a-z 0-9 . _`." })
  handle: string;

  @Field(() => String, { description: "The name that the person goes by, 1 to 50 characters." })
  displayName: string;

  @Field(() => String, { nullable: true, description: "A few words about the person, up to 160 characters." })
  bio: string | null;

  @Field(() => Url, { nullable: true, description: "The person's picture." })
  avatarUrl: string | null;

  @Field(() => DateTime, { description: "When the account was made." })
  createdAt: string;

  @Field(() => Int, {
    nullable: true,
    description: "How many friends the person has; null where the viewer may not see the list.",
  })
  friendCount?: number | null;
}

export const UserConnection = connectionOf("User", () => UserType);
