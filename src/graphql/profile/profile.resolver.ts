/** Changing what a person says of themselves, and how far they let others in. */
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { updatePrivacy, updateProfile } from "../../actions/profile.ts";
import { requireViewer } from "../../viewer.ts";
import type { ViewerRoot } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { UpdatePrivacyInput, UpdateProfileInput } from "./profile.input.ts";
import { UpdatePrivacyPayload, UpdateProfilePayload } from "./profile.type.ts";

function self(context: Context): { viewer: ViewerRoot } {
  return { viewer: { userId: requireViewer(context).userId } };
}

@Resolver()
export class ProfileResolver {
  @Mutation(() => UpdateProfilePayload, {
    description:
      "Changes the viewer's profile. CONFLICT when the handle is taken; TOO_MANY_REQUESTS when the viewer keeps 5 former handles already, or says 20 times a day what their address or number is; NOT_ALLOWED_BY_POLICY where they are too young for the country.",
  })
  async updateProfile(
    @Ctx() context: Context,
    @Arg("input", () => UpdateProfileInput, { description: "What to change." }) input: UpdateProfileInput,
  ) {
    await updateProfile(context, input);
    return self(context);
  }

  @Mutation(() => UpdatePrivacyPayload, {
    description: "Changes how far the viewer lets others in, from the next read on.",
  })
  async updatePrivacy(
    @Ctx() context: Context,
    @Arg("input", () => UpdatePrivacyInput, { description: "What to change." }) input: UpdatePrivacyInput,
  ) {
    await updatePrivacy(context, input);
    return self(context);
  }
}
