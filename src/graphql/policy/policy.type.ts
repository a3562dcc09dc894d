/** What is allowed at which age and in which market. */
import { Field, Int, ObjectType } from "type-graphql";
import { MARKET_FEATURES, type MarketFeature } from "../../policy.ts";
import { graphqlEnum } from "../enums.ts";
import { CountryCode } from "../scalars.ts";

const MarketFeatureEnum = graphqlEnum(
  "MarketFeature",
  MARKET_FEATURES,
  "What a rule of age or market is about.",
  {
    ACCOUNT: "Having an account.",
    DIRECT_MESSAGES: "Writing to one person.",
    MESSAGE_REQUESTS: "Writing to a person who has not let one in, and being written to by one.",
    GROUPS: "Adding people to a group, and being added.",
    CONTACT_SYNC: "Finding people by an address book.",
    MOMENTS: "What is shown for a day.",
    SUGGESTIONS: "Being shown people whom one may know.",
  },
);

@ObjectType("MarketRule", {
  description: "A rule of age or market; the first of a feature's rules that matches decides.",
})
export class MarketRule {
  @Field(() => String, { description: "What a refusal names as its `ruleId`." })
  id: string;

  @Field(() => MarketFeatureEnum, { description: "What the rule is about." })
  feature: MarketFeature;

  @Field(() => Boolean, { description: "What it says of it." })
  allowed: boolean;

  @Field(() => String, { description: "Why, and for whom: one sentence in English." })
  because: string;
}

@ObjectType("MarketPolicy", { description: "What age and market allow." })
export class MarketPolicy {
  @Field(() => CountryCode, { description: "The country whose rules these are." })
  country: string;

  @Field(() => Int, { description: "The age, in years, from which one may have an account there." })
  minimumAge: number;

  @Field(() => [MarketRule], { description: "The rules, in the order in which they are asked." })
  rules: readonly MarketRule[];
}
