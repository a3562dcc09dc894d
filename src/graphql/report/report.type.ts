/** Reports, as who has reported and moderators see them. */
import { Field, ObjectType } from "type-graphql";
import { REPORT_ACTIONS } from "../../actions/report-resolution.ts";
import {
  REPORT_REASONS,
  REPORT_STATUSES,
  type ReportReason,
  type ReportStatus,
} from "../../entities/report.ts";
import type { SeenReport } from "../../loaders/report.ts";
import { graphqlEnum } from "../enums.ts";
import { Node } from "../node.ts";
import { connectionOf } from "../page.ts";
import { Payload } from "../payload.ts";
import { DateTime } from "../scalars.ts";

export const ReportReasonEnum = graphqlEnum("ReportReason", REPORT_REASONS, "What is wrong with something.", {
  SPAM: "It is sent to many who did not ask for it.",
  HARASSMENT: "It bullies or threatens somebody.",
  SEXUAL_CONTENT: "It is sexual where it should not be.",
  CHILD_SAFETY: "It endangers a child.",
  SELF_HARM: "It speaks of self-harm, or leads to it.",
  VIOLENCE: "It shows violence, or calls for it.",
  IMPERSONATION: "Somebody passes for somebody else.",
  ILLEGAL: "It is against the law.",
  OTHER: "Something else: `note` says what.",
});

export const ReportStatusEnum = graphqlEnum("ReportStatus", REPORT_STATUSES, "How far a report has come.", {
  OPEN: "Nobody has resolved it yet.",
  ACTIONED: "Something was done about it.",
  DISMISSED: "Nothing had to be done about it.",
});

export const ReportActionEnum = graphqlEnum("ReportAction", REPORT_ACTIONS, "What a moderator does.", {
  DISMISS: "Nothing.",
  REMOVE_CONTENT:
    "Removes a video, a comment or a moment, takes a message back, or clears the words and pictures of a profile or a conversation.",
  SUSPEND_AUTHOR:
    "Suspends who answers for it: the person, the author, the sender, the owner of a group, or the other of a direct conversation. To everybody they are as if they did not exist, and they can't sign in.",
});

@ObjectType("Report", {
  implements: Node,
  description: "Something was reported; seen by who has reported it, and by moderators.",
})
export class ReportType
  extends Node
  implements Pick<SeenReport, "reason" | "note" | "excerpt" | "status" | "createdAt">
{
  @Field(() => ReportReasonEnum, { description: "What is wrong with it, as the reporter sees it." })
  reason: ReportReason;

  @Field(() => String, {
    nullable: true,
    description: "More about it, at most 1,000 characters; null for no more, and for who is reported.",
  })
  note: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "What was reported, as it was then: a caption, a comment, a message, the words of a moment, a title, or a name and what it says of itself; null for nothing written, and for everybody but moderators.",
  })
  excerpt: string | null;

  @Field(() => ReportStatusEnum, { description: "How far it has come." })
  status: ReportStatus;

  @Field(() => DateTime, { description: "When it was reported first." })
  createdAt: string;
}

export const ReportConnection = connectionOf("Report", () => ReportType);

@ObjectType("ReportPayload", { description: "The report." })
export class ReportPayload extends Payload {
  @Field(() => ReportType, { nullable: true, description: "The report; null after a refusal." })
  report?: SeenReport | null;

  constructor(readonly reportId: string) {
    super();
  }
}

@ObjectType("ResolveReportPayload", { description: "The report, as it is now." })
export class ResolveReportPayload extends Payload {
  @Field(() => ReportType, { nullable: true, description: "The report; null after a refusal." })
  report?: SeenReport | null;

  constructor(readonly reportId: string) {
    super();
  }
}
