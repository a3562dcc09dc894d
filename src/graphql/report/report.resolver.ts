/** Reports: made by anybody, read and resolved by moderators. */
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import { report } from "../../actions/report.ts";
import { resolveReport } from "../../actions/report-resolution.ts";
import type { ReportStatus, ReportSubject } from "../../entities/report.ts";
import { globalId, type NodeKind, parseGlobalId, rowId } from "../../ids.ts";
import { reportById, reportsFor, type SeenReport } from "../../loaders/report.ts";
import { userById } from "../../loaders/user.ts";
import { ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { readNode } from "../node.resolver.ts";
import { Node } from "../node.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { UserType } from "../user/user.type.ts";
import { ReportInput, ResolveReportInput } from "./report.input.ts";
import {
  ReportConnection,
  ReportPayload,
  ReportStatusEnum,
  ReportType,
  ResolveReportPayload,
} from "./report.type.ts";

const KINDS: Readonly<Record<ReportSubject, NodeKind>> = {
  USER: "user",
  VIDEO: "video",
  CONVERSATION: "conversation",
  MESSAGE: "message",
  COMMENT: "comment",
  MOMENT: "moment",
};

@Resolver(() => ReportType)
export class ReportResolver {
  @Mutation(() => ReportPayload, {
    description:
      "Tells the moderators of something that should not be there; nobody else learns of it. Reporting the same again finds the same report while it is open. INVALID for what is the viewer's own, and where nothing is left of it, TOO_MANY_REQUESTS.",
  })
  async report(
    @Ctx() context: Context,
    @Arg("input", () => ReportInput, { description: "What, and why." }) input: ReportInput,
  ): Promise<ReportPayload> {
    const { reason, note = null } = input;
    return new ReportPayload(
      await report(context, { subject: parseGlobalId(input.subjectId), reason, note }),
    );
  }

  @Mutation(() => ResolveReportPayload, {
    description:
      "Resolves a report. NOT_FOUND for everybody but moderators, FORBIDDEN where it is about the viewer, CONFLICT where it is resolved already.",
  })
  async resolveReport(
    @Ctx() context: Context,
    @Arg("input", () => ResolveReportInput, { description: "Which report, and what is done." })
    input: ResolveReportInput,
  ): Promise<ResolveReportPayload> {
    const reportId = rowId("report", input.reportId);
    await resolveReport(context, reportId, input.action);
    return new ResolveReportPayload(reportId);
  }

  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() { id }: SeenReport): string {
    return globalId("report", id);
  }

  @FieldResolver(() => Node, {
    nullable: true,
    description: "What was reported, as it is now; null where the viewer may not see it.",
  })
  subject(@Root() { subjectKind, subjectKey }: SeenReport, @Ctx() { loads }: Context) {
    return readNode(loads, { kind: KINDS[subjectKind], key: subjectKey });
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: "Who has reported it; null where the viewer may not see them, and for who is reported.",
  })
  reporter(@Root() { reporterId }: SeenReport, @Ctx() { loads }: Context) {
    return reporterId === null ? null : userById(loads, reporterId);
  }
}

@Resolver(() => ViewerType)
export class ViewerReportResolver {
  @FieldResolver(() => ReportConnection, {
    description: "What was reported, newest first; for moderators alone, FORBIDDEN for everybody else.",
  })
  async reports(
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("status", () => ReportStatusEnum, { nullable: true, description: "Only those of this status." })
    status?: ReportStatus | null,
  ) {
    return new Connection(await reportsFor(loads, status ?? null, pageRequest(page)));
  }
}

@Resolver(() => ReportPayload)
export class ReportPayloadResolver {
  @FieldResolver(() => ReportType, { nullable: true })
  report(@Root() { reportId }: ReportPayload, @Ctx() { loads }: Context) {
    return typeof reportId === "string" ? reportById(loads, reportId) : null;
  }
}

@Resolver(() => ResolveReportPayload)
export class ResolveReportPayloadResolver {
  @FieldResolver(() => ReportType, { nullable: true })
  report(@Root() { reportId }: ResolveReportPayload, @Ctx() { loads }: Context) {
    return typeof reportId === "string" ? reportById(loads, reportId) : null;
  }
}
