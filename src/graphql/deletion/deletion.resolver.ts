/** Deleting one's account. */
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { deleteAccount } from "../../actions/deletion.ts";
import type { Context } from "../context.ts";
import { DeleteAccountInput } from "./deletion.input.ts";
import { DeleteAccountPayload } from "./deletion.type.ts";

@Resolver()
export class DeletionResolver {
  @Mutation(() => DeleteAccountPayload, {
    description:
      "Deletes the viewer's account: nobody sees it any more, all its sessions end, and it is erased after thirty days, unless signed into before. Its handle is nobody else's for another ninety. INVALID for a wrong password, TOO_MANY_REQUESTS.",
  })
  async deleteAccount(
    @Ctx() context: Context,
    @Arg("input", () => DeleteAccountInput, { description: "That it is the viewer who asks." })
    input: DeleteAccountInput,
  ): Promise<Pick<DeleteAccountPayload, "deletesAt">> {
    return { deletesAt: await deleteAccount(context, input) };
  }
}
