/** What a notice says. */
import { Field, ObjectType } from "type-graphql";
import { NOTICE_KINDS, type NoticeKind } from "../../entities/message.ts";
import { graphqlEnum } from "../enums.ts";
import { UserType } from "../user/user.type.ts";

const NoticeKindEnum = graphqlEnum("NoticeKind", NOTICE_KINDS, "What the sender of a notice did.", {
  TITLE_CHANGED: "They changed the title, or took it away.",
  AVATAR_CHANGED: "They changed the picture, or took it away.",
  PEOPLE_ADDED: "They added `people`.",
  JOINED: "They came by an invite.",
  REMOVED: "They removed `people`.",
  LEFT: "They left; `people` is who owns the group since, if it was theirs.",
  MADE_OWNER: "They handed the group over to `people`.",
  MADE_ADMIN: "They made `people` an admin.",
  MADE_MEMBER: "They made `people` a member, who was an admin.",
});

@ObjectType("Notice", {
  description: "Something that happened in a group. Who did it is the sender of its message.",
})
export class NoticeType {
  @Field(() => NoticeKindEnum, { description: "What happened." })
  kind: NoticeKind;

  @Field(() => [UserType], {
    description: "Those to whom it happened, at most 10, of whom the viewer may see.",
  })
  people?: UserType[];

  @Field(() => String, {
    nullable: true,
    description: "The new title, for TITLE_CHANGED; null where it was taken away.",
  })
  title: string | null;
}
