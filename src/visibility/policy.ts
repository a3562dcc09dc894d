/** What age and market allow, as SQL: made from the same rules as `decide`. */
import { ageBound, type MarketFeature, NAMED_COUNTRIES, NO_COUNTRY, RULES, type Rule } from "../policy.ts";

const quoted = (country: string) => `'${country}'`;

/** SQL: below which age a rule is about somebody in `country`. */
function bound(rule: Rule, country: string): string {
  const elsewhere = ageBound(rule, NO_COUNTRY);
  const apart = NAMED_COUNTRIES.filter((name) => ageBound(rule, name) !== elsewhere);
  if (apart.length === 0) return String(elsewhere);
  const cases = apart.map((name) => `when ${quoted(name)} then ${ageBound(rule, name)}`);
  return `case ${country} ${cases.join(" ")} else ${elsewhere} end`;
}

function isAbout(rule: Rule, country: string, birthDate: string): string {
  const conditions: string[] = [];
  if (rule.countries !== undefined) {
    conditions.push(`${country} in (${rule.countries.map(quoted).join(", ")})`);
  }
  if (rule.under !== undefined) {
    const today = "(now() at time zone 'UTC')::date";
    const years = bound(rule, country);
    conditions.push(`(${birthDate} is null or ${birthDate} > ${today} - make_interval(years => ${years}))`);
  }
  return conditions.length === 0 ? "true" : conditions.join(" and ");
}

/** SQL: whether somebody of that country and birth date may use a feature, with somebody who is not their friend. */
export function policyAllows(feature: MarketFeature, country: string, birthDate: string): string {
  const rules = RULES.filter((rule) => rule.feature === feature && rule.amongFriends !== true);
  const cases = rules.map((rule) => `when ${isAbout(rule, country, birthDate)} then ${rule.allowed}`);
  return `case ${cases.join(" ")} end`;
}

/** SQL: whether both of two people who are not friends may use all of these features; for nobody it is false. */
export function bothMay(one: string, other: string, ...features: readonly MarketFeature[]): string {
  const allows = features.map((feature) => policyAllows(feature, "pu.country", "pa.birth_date"));
  return `(
    select count(*) = 2
    from users pu
    join accounts pa on pa.user_id = pu.id
    where pu.id in (${one}, ${other}) and ${allows.join(" and ")}
  )`;
}

/** SQL: whether the person `userId` may use a feature, with somebody who is not their friend; for nobody it is false. */
export function personMay(feature: MarketFeature, userId: string): string {
  return `coalesce((
    select ${policyAllows(feature, "pu.country", "pa.birth_date")}
    from users pu
    join accounts pa on pa.user_id = pu.id
    where pu.id = ${userId}
  ), false)`;
}
