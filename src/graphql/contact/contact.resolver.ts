/** Finding people by an address book. */
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { forgetContacts, syncContacts } from "../../actions/contact.ts";
import { UserError } from "../../errors.ts";
import { contactMatchesOf } from "../../loaders/contact.ts";
import { type ViewerRoot, ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { MAX_PAGE_SIZE } from "../limits.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { UserConnection, UserType } from "../user/user.type.ts";
import { ForgetContactsInput, SyncContactsInput } from "./contact.input.ts";
import { ForgetContactsPayload, SyncContactsPayload } from "./contact.type.ts";

@Resolver(() => SyncContactsPayload)
export class ContactResolver {
  @Mutation(() => SyncContactsPayload, {
    description:
      "Looks for people by the viewer's address book. INVALID for what is no hash, LIMIT_REACHED and TOO_MANY_REQUESTS for too many, NOT_ALLOWED_BY_POLICY where a rule forbids it.",
  })
  async syncContacts(
    @Ctx() context: Context,
    @Arg("input", () => SyncContactsInput, { description: "The address book." }) input: SyncContactsInput,
  ) {
    const kept = await syncContacts(context, {
      phoneHashes: input.phoneHashes ?? [],
      emailHashes: input.emailHashes ?? [],
      replace: input.replace === true,
    });
    return { kept };
  }

  @Mutation(() => ForgetContactsPayload, {
    description: "Erases the viewer's address book and everything derived from it. INVALID unless confirmed.",
  })
  async forgetContacts(
    @Ctx() context: Context,
    @Arg("input", () => ForgetContactsInput, { description: "The confirmation." }) input: ForgetContactsInput,
  ) {
    if (!input.confirm) {
      throw new UserError("INVALID", "Forgetting has to be confirmed.", { path: ["confirm"] });
    }
    return { forgotten: await forgetContacts(context) };
  }

  @FieldResolver(() => [UserType])
  async matches(@Root() payload: SyncContactsPayload, @Ctx() { loads }: Context) {
    if (payload.userErrors !== undefined && payload.userErrors.length > 0) return [];
    const page = pageRequest({ first: MAX_PAGE_SIZE });
    return (await contactMatchesOf(loads, [loads.viewerId], page)).rows;
  }
}

@Resolver(() => ViewerType)
export class ContactMatchesResolver {
  @FieldResolver(() => UserConnection, {
    description: "The people in the viewer's contacts who may be found by them, who joined last first.",
  })
  async contactMatches(
    @Root() { userId }: ViewerRoot,
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    return new Connection(await contactMatchesOf(loads, [userId], pageRequest(page)));
  }
}
