/** The viewer's sessions. */
import { Ctx, FieldResolver, ID, Resolver, Root } from "type-graphql";
import { globalId } from "../../ids.ts";
import { MAX_SESSIONS } from "../../limits.ts";
import { type OwnSession, sessionsOf } from "../../loaders/session.ts";
import { type ViewerRoot, ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { SessionType } from "./session.type.ts";

const ALL = { first: MAX_SESSIONS, after: null, last: null, before: null };

@Resolver(() => ViewerType)
export class ViewerSessionsResolver {
  @FieldResolver(() => [SessionType], {
    description:
      "Where the viewer is signed in, newest use first: 100 places at most, of which the last makes room.",
  })
  async sessions(@Root() { userId }: ViewerRoot, @Ctx() { loads }: Context) {
    return (await sessionsOf(loads, [userId], ALL)).rows;
  }
}

@Resolver(() => SessionType)
export class SessionResolver {
  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() { userId, id }: OwnSession): string {
    return globalId("session", userId, id);
  }

  @FieldResolver(() => Boolean)
  current(@Root() { id }: OwnSession, @Ctx() { viewer }: Context): boolean {
    return id === viewer?.sessionId;
  }
}
