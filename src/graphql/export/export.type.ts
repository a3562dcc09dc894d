/** Everything about the viewer, to be taken away. */
import { Field, ObjectType } from "type-graphql";
import { EXPORT_STATUSES, type ExportStatus } from "../../entities/export.ts";
import type { OwnExport } from "../../loaders/export.ts";
import { graphqlEnum } from "../enums.ts";
import { Node } from "../node.ts";
import { Payload } from "../payload.ts";
import { DateTime, Url } from "../scalars.ts";

const ExportStatusEnum = graphqlEnum("ExportStatus", EXPORT_STATUSES, "How far an export has come.", {
  RUNNING: "It is being made.",
  READY: "It can be fetched from `url`.",
  FAILED: "It could not be made: ask again.",
  EXPIRED: "Its seven days are over, and its content is deleted.",
});

@ObjectType("DataExport", {
  implements: Node,
  description:
    "Everything about the viewer, for them alone, as JSON lines: each line is an object whose `type` says what it is about.",
})
export class DataExportType extends Node implements Pick<OwnExport, "status" | "createdAt" | "expiresAt"> {
  @Field(() => ExportStatusEnum, { description: "How far it has come." })
  status: ExportStatus;

  @Field(() => Url, {
    nullable: true,
    description:
      "Where it can be fetched for the next hour, by whoever has the address; read it again for another one. Null unless it is ready.",
  })
  url?: string | null;

  @Field(() => DateTime, { description: "When it was asked for." })
  createdAt: string;

  @Field(() => DateTime, {
    nullable: true,
    description: "When its content is deleted, seven days after it was ready; null until then.",
  })
  expiresAt: string | null;
}

@ObjectType("ExportMyDataPayload", { description: "The export that was begun or found." })
export class ExportMyDataPayload extends Payload {
  @Field(() => DataExportType, { nullable: true, description: "The export; null after a refusal." })
  export?: OwnExport | null;

  constructor(readonly exportId: string) {
    super();
  }
}
