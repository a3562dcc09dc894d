/** Signing up, in and out. */
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { refreshSession, type SignedIn, signIn, signOut, signUp } from "../../actions/account.ts";
import { keyOf } from "../../ids.ts";
import type { Context } from "../context.ts";
import { RefreshSessionInput, SignInInput, SignOutInput, SignUpInput } from "./account.input.ts";
import { SignInPayload, SignOutPayload } from "./account.type.ts";

function welcome(context: Context, { viewer, credentials }: SignedIn): SignInPayload {
  context.become(viewer);
  return { credentials, viewer: { userId: viewer.userId } };
}

@Resolver()
export class AccountResolver {
  @Mutation(() => SignInPayload, {
    description: "Makes an account and signs it in. CONFLICT when the handle is taken.",
  })
  async signUp(
    @Ctx() context: Context,
    @Arg("input", () => SignUpInput, { description: "The new account." }) input: SignUpInput,
  ) {
    return welcome(context, await signUp(context, input));
  }

  @Mutation(() => SignInPayload, {
    description: "Signs in. INVALID when the handle or the password is wrong, and no word on which of them.",
  })
  async signIn(
    @Ctx() context: Context,
    @Arg("input", () => SignInInput, { description: "Who signs in." }) input: SignInInput,
  ) {
    return welcome(context, await signIn(context, input));
  }

  @Mutation(() => SignInPayload, {
    description:
      "Trades a refresh token for new credentials. EXPIRED when the person has to sign in again; a token that comes a second time was stolen, and ends its session.",
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
}
