/** What is given to report something, and to resolve a report. */
import { Field, ID, InputType } from "type-graphql";
import type { ReportAction } from "../../actions/report-resolution.ts";
import type { ReportReason } from "../../entities/report.ts";
import { ReportActionEnum, ReportReasonEnum } from "./report.type.ts";

@InputType("ReportInput", { description: "What should not be there, and why." })
export class ReportInput {
  @Field(() => ID, {
    description:
      "A person, a video, a comment, a conversation, a message, a moment, or a share: of a share its video is reported, or its message where the viewer may not see the video.",
  })
  subjectId: string;

  @Field(() => ReportReasonEnum, { description: "What is wrong with it." })
  reason: ReportReason;

  @Field(() => String, { nullable: true, description: "More about it, at most 1,000 characters." })
  note?: string | null;
}

@InputType("ResolveReportInput", { description: "What becomes of a report." })
export class ResolveReportInput {
  @Field(() => ID, { description: "Which report." })
  reportId: string;

  @Field(() => ReportActionEnum, { description: "What is done." })
  action: ReportAction;
}
