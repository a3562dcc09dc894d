/** Signing up, in and out. */
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { signIn, signUp } from "../../actions/account.ts";
import { changePassword } from "../../actions/password.ts";
import { refreshSession, type SignedIn, signOut } from "../../actions/session.ts";
import { keyOf } from "../../ids.ts";
import { requireViewer } from "../../viewer.ts";
import type { Context } from "../context.ts";
import {
  ChangePasswordInput,
  RefreshSessionInput,
  SignInInput,
  SignOutInput,
  SignUpInput,
} from "./account.input.ts";
import { ChangePasswordPayload, SignInPayload, SignOutPayload } from "./account.type.ts";

async function welcome(context: Context, { viewer, credentials }: SignedIn): Promise<SignInPayload> {
  await context.become(viewer);
  return { credentials, viewer: { userId: viewer.userId } };
}

@Resolver()
export class AccountResolver {
  @Mutation(() => SignInPayload, {
    description:
      "Makes an account and signs it in. CONFLICT when the handle is taken; NOT_ALLOWED_BY_POLICY under the minimum age of the country; FORBIDDEN where an identity provider says who people are; TOO_MANY_REQUESTS while too many others sign in, and after 60 an hour from one address. A code that can't be taken refuses all of it, as `redeemInvite` would, with the path `inviteCode`.",
  })
  async signUp(
    @Ctx() context: Context,
    @Arg("input", () => SignUpInput, { description: "The new account." }) input: SignUpInput,
  ) {
    return welcome(context, await signUp(context, input));
  }

  @Mutation(() => SignInPayload, {
    description:
      "Signs in. INVALID when the handle or the password is wrong, and no word on which of them; FORBIDDEN for an account that is suspended, and where an identity provider says who people are; TOO_MANY_REQUESTS after too many attempts, and while too many others sign in. It brings back an account that is being deleted.",
  })
  async signIn(
    @Ctx() context: Context,
    @Arg("input", () => SignInInput, { description: "Who signs in." }) input: SignInInput,
  ) {
    return welcome(context, await signIn(context, input));
  }

  @Mutation(() => SignInPayload, {
    description:
      "Trades a refresh token for new credentials. EXPIRED when the person has to sign in again; a token that comes a second time was stolen, and ends its session. FORBIDDEN where an identity provider says who people are; TOO_MANY_REQUESTS.",
  })
  async refreshSession(
    @Ctx() context: Context,
    @Arg("input", () => RefreshSessionInput, { description: "The refresh token." })
    input: RefreshSessionInput,
  ) {
    return welcome(context, await refreshSession(context, input.refreshToken));
  }

  @Mutation(() => SignOutPayload, {
    description:
      "Ends the current session, another one, or all of them; their sockets close within a second.",
  })
  async signOut(
    @Ctx() context: Context,
    @Arg("input", () => SignOutInput, { description: "Which sessions to end." }) input: SignOutInput,
  ) {
    const sessionId = typeof input.sessionId === "string" ? keyOf("session", input.sessionId)[1] : null;
    await signOut(context, { sessionId, everywhere: input.everywhere });
    return { signedOut: true };
  }

  @Mutation(() => ChangePasswordPayload, {
    description:
      "Gives the viewer another password; all of their other sessions end within a second. INVALID where the current one is wrong, CONFLICT where it was changed at the same moment, FORBIDDEN where an identity provider says who people are, TOO_MANY_REQUESTS.",
  })
  async changePassword(
    @Ctx() context: Context,
    @Arg("input", () => ChangePasswordInput, { description: "The two passwords." })
    input: ChangePasswordInput,
  ) {
    await changePassword(context, input);
    return { viewer: { userId: requireViewer(context).userId } };
  }
}
