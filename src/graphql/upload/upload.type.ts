/** A video's file on its way in, as its owner may see it. */
import { Field, Int, ObjectType } from "type-graphql";
import { UPLOAD_STATUSES, type UploadStatus } from "../../entities/upload.ts";
import type { OwnUpload } from "../../loaders/upload.ts";
import { graphqlEnum } from "../enums.ts";
import { Node } from "../node.ts";
import { Payload } from "../payload.ts";
import { DateTime } from "../scalars.ts";

export const UploadStatusEnum = graphqlEnum("UploadStatus", UPLOAD_STATUSES, "How far an upload has come.", {
  OPEN: "It takes bytes.",
  PROCESSING: "All bytes have come, and are looked at and made ready.",
  READY: "It can be watched, once a video is made of it.",
  FAILED: "Nothing came of it: `failure` says why.",
  EXPIRED: "Its time is over, or it was ended; nothing of it is kept.",
});

@ObjectType("VideoUpload", {
  implements: Node,
  description: "A video's file on its way in; its owner alone sees it.",
})
export class VideoUploadType
  extends Node
  implements Pick<OwnUpload, "status" | "bytesReceived" | "expiresAt" | "failure">
{
  @Field(() => UploadStatusEnum, { description: "How far it has come." })
  status: UploadStatus;

  @Field(() => Int, { description: "How many bytes have come; a second old while they come." })
  bytesReceived: number;

  @Field(() => DateTime, {
    description:
      "Until when it takes bytes, and until when a video is to be made of it: 24 hours after it was begun.",
  })
  expiresAt: string;

  @Field(() => String, { nullable: true, description: "Why nothing came of it; null unless it has failed." })
  failure: string | null;
}

@ObjectType("StartVideoUploadPayload", { description: "The upload that was begun." })
export class StartVideoUploadPayload extends Payload {
  @Field(() => VideoUploadType, { nullable: true, description: "The upload; null after a refusal." })
  upload?: OwnUpload | null;

  constructor(readonly uploadId: string) {
    super();
  }
}
