/** What is allowed in a market, and to the viewer. */
import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { requireFound } from "../../errors.ts";
import { ownAccount } from "../../loaders/account.ts";
import { minimumAgeIn, rulesFor, rulesIn } from "../../policy.ts";
import { type ViewerRoot, ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { CountryCode } from "../scalars.ts";
import { MarketPolicy } from "./policy.type.ts";

@Resolver(() => ViewerType)
export class PolicyResolver {
  @Query(() => MarketPolicy, {
    description:
      "The rules of a country, for all ages; those of everywhere for one that has none of its own.",
  })
  marketPolicy(
    @Arg("country", () => CountryCode, { description: "Whose rules." }) country: string,
  ): MarketPolicy {
    return { country, minimumAge: minimumAgeIn(country), rules: rulesIn(country) };
  }

  @FieldResolver(() => MarketPolicy, {
    description: "The rules that hold for the viewer, by their country and age; an unknown age is under all.",
  })
  async policy(@Root() { userId }: ViewerRoot, @Ctx() { loads }: Context): Promise<MarketPolicy> {
    const account = requireFound(await ownAccount(loads, userId), "account");
    const { country } = account;
    return { country, minimumAge: minimumAgeIn(country), rules: rulesFor(account) };
  }
}
