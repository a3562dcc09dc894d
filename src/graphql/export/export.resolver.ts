/** Exports of everything about the viewer. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import { downloadUrl, exportMyData } from "../../actions/export/export.ts";
import { globalId } from "../../ids.ts";
import { MAX_SHOWN_EXPORTS } from "../../limits.ts";
import { exportById, exportsOf, type OwnExport } from "../../loaders/export.ts";
import { type ViewerRoot, ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { Url } from "../scalars.ts";
import { ExportMyDataInput } from "./export.input.ts";
import { DataExportType, ExportMyDataPayload } from "./export.type.ts";

const NEWEST = { first: MAX_SHOWN_EXPORTS, after: null, last: null, before: null };

@Resolver(() => DataExportType)
export class ExportResolver {
  @Mutation(() => ExportMyDataPayload, {
    description:
      "Begins an export of everything about the viewer; one that is being made, or was begun within the last hour, is found again. INVALID for a wrong password, TOO_MANY_REQUESTS.",
  })
  async exportMyData(
    @Ctx() context: Context,
    @Arg("input", () => ExportMyDataInput, { description: "That it is the viewer who asks." })
    input: ExportMyDataInput,
  ): Promise<ExportMyDataPayload> {
    return new ExportMyDataPayload(await exportMyData(context, input.password));
  }

  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() { id }: OwnExport): string {
    return globalId("export", id);
  }

  @FieldResolver(() => Url, { nullable: true })
  url(@Root() row: OwnExport, @Ctx() context: Context): string | null {
    return downloadUrl(context, row);
  }
}

@Resolver(() => ViewerType)
export class ViewerExportsResolver {
  @FieldResolver(() => [DataExportType], { description: "The viewer's last 20 exports, newest first." })
  async dataExports(@Root() { userId }: ViewerRoot, @Ctx() { loads }: Context) {
    return (await exportsOf(loads, [userId], NEWEST)).rows;
  }
}

@Resolver(() => ExportMyDataPayload)
export class ExportMyDataPayloadResolver {
  @FieldResolver(() => DataExportType, { nullable: true })
  export(@Root() { exportId }: ExportMyDataPayload, @Ctx() { loads }: Context) {
    return typeof exportId === "string" ? exportById(loads, exportId) : null;
  }
}
