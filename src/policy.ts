/** What is allowed at which age and in which market: rules as data, in order; the first that matches decides. */

export const MARKET_FEATURES = [
  "ACCOUNT",
  "DIRECT_MESSAGES",
  "MESSAGE_REQUESTS",
  "GROUPS",
  "CONTACT_SYNC",
  "MOMENTS",
  "SUGGESTIONS",
] as const;
export type MarketFeature = (typeof MARKET_FEATURES)[number];

export interface Rule {
  readonly id: string;
  readonly feature: MarketFeature;
  readonly allowed: boolean;
  readonly because: string;
  /** Whom it is about: those under an age; without it, everybody. Who never gave a birth date is under every age. */
  readonly under?: number | "minimum age";
  /** Where it holds; without it, everywhere. */
  readonly countries?: readonly string[];
  /** It is about what friends do with each other. */
  readonly amongFriends?: true;
}

/** Stands where a country would: there is none, or none that is known. ISO 3166-1 gives it to nobody. */
export const NO_COUNTRY = "ZZ";

const DEFAULT_MINIMUM_AGE = 13;

/** Where one has to be older than 13: the ages of consent of GDPR, Art. 8, and of the laws that are like it. */
const MINIMUM_AGES: Readonly<Record<string, number>> = {
  ...agesOf(16, "AU DE HR HU IE LI LU NL PL RO SK"),
  ...agesOf(15, "CZ DK FR GR SI"),
  ...agesOf(14, "AT BG CL CN CY ES IT KR LT"),
};

function agesOf(age: number, countries: string): Record<string, number> {
  return Object.fromEntries(countries.split(" ").map((country) => [country, age]));
}

export const RULES: readonly Rule[] = [
  {
    id: "minimum-age",
    feature: "ACCOUNT",
    allowed: false,
    because: "Under the minimum age of the market there is no account.",
    under: "minimum age",
  },
  {
    id: "messages-friends",
    feature: "DIRECT_MESSAGES",
    allowed: true,
    because: "Friends may write to each other at any age.",
    amongFriends: true,
  },
  {
    id: "messages-under-16",
    feature: "DIRECT_MESSAGES",
    allowed: false,
    because: "Under 16, direct messages are for friends.",
    under: 16,
  },
  {
    id: "requests-under-16",
    feature: "MESSAGE_REQUESTS",
    allowed: false,
    because: "Under 16, there are no message requests, neither to others nor from them.",
    under: 16,
  },
  {
    id: "groups-friends",
    feature: "GROUPS",
    allowed: true,
    because: "Friends may add each other to groups at any age.",
    amongFriends: true,
  },
  {
    id: "groups-under-16",
    feature: "GROUPS",
    allowed: false,
    because: "Under 16, only friends add each other to groups.",
    under: 16,
  },
  {
    id: "contacts-under-16",
    feature: "CONTACT_SYNC",
    allowed: false,
    because: "Under 16, an address book stays on the device.",
    under: 16,
  },
  {
    id: "contacts-cn",
    feature: "CONTACT_SYNC",
    allowed: false,
    because: "In this market nobody hands over other people's numbers without asking each of them.",
    countries: ["CN"],
  },
  ...MARKET_FEATURES.map(
    (feature): Rule => ({
      id: `${feature.toLowerCase().replaceAll("_", "-")}-everybody`,
      feature,
      allowed: true,
      because: "Nothing stands against it.",
    }),
  ),
];

/** Countries that the data has something of its own to say of; all others are like each other. */
export const NAMED_COUNTRIES: readonly string[] = [
  ...new Set([...Object.keys(MINIMUM_AGES), ...RULES.flatMap(({ countries }) => countries ?? [])]),
];

/** At which age one may have an account in a country. */
export function minimumAgeIn(country: string): number {
  return MINIMUM_AGES[country] ?? DEFAULT_MINIMUM_AGE;
}

/** Below which age a rule is about somebody in `country`; null where it is about every age. */
export function ageBound({ under }: Rule, country: string): number | null {
  return under === "minimum age" ? minimumAgeIn(country) : (under ?? null);
}

/** Whom a decision is about. */
export interface Party {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** YYYY-MM-DD; null when it was never given. */
  readonly birthDate: string | null;
}

/** How many birthdays somebody has had on the day of `now`, in UTC. */
export function ageOf(birthDate: string, now = new Date()): number {
  const today = now.toISOString().slice(0, 10);
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

/** The rule that decides whether a person may use a feature; among friends, if it is something between two who are. */
export function decide(
  feature: MarketFeature,
  party: Party,
  { amongFriends = false, now = new Date() }: { amongFriends?: boolean; now?: Date } = {},
): Rule {
  const rule = RULES.find(
    (each) =>
      each.feature === feature && isAbout(each, party, now) && (amongFriends || each.amongFriends !== true),
  );
  if (rule === undefined) throw new Error(`No rule decides on ${feature}.`);
  return rule;
}

function isAbout(rule: Rule, { country, birthDate }: Party, now: Date): boolean {
  const bound = ageBound(rule, country);
  const isThere = rule.countries === undefined || rule.countries.includes(country);
  return isThere && (bound === null || birthDate === null || ageOf(birthDate, now) < bound);
}

/** Whether anybody is ever refused a feature: what is never refused need not be looked up. */
export function isEverRefused(feature: MarketFeature): boolean {
  return RULES.some((rule) => rule.feature === feature && !rule.allowed);
}

/** All rules of a country, in order. */
export function rulesIn(country: string): Rule[] {
  return RULES.filter(({ countries }) => countries === undefined || countries.includes(country));
}

/** The rules that hold for a person, in order: of each feature those up to the first that decides in every case. */
export function rulesFor(party: Party, now = new Date()): Rule[] {
  const decided = new Set<MarketFeature>();
  return RULES.filter((rule) => {
    if (decided.has(rule.feature) || !isAbout(rule, party, now)) return false;
    if (rule.amongFriends !== true) decided.add(rule.feature);
    return true;
  });
}
