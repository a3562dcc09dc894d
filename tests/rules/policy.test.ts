/** The rules of age and market: complete, and the same in TypeScript and in SQL. */
import type { DataSource } from "typeorm";
import { Database } from "../../src/db/database.ts";
import { createDataSource } from "../../src/db/source.ts";
import { statement } from "../../src/db/sql.ts";
import {
  ageOf,
  decide,
  MARKET_FEATURES,
  minimumAgeIn,
  NAMED_COUNTRIES,
  RULES,
  rulesFor,
} from "../../src/policy.ts";
import { policyAllows } from "../../src/visibility/policy.ts";
import { bornFor } from "../support/birthday.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let source: DataSource;
beforeAll(async () => {
  database = await createDatabase();
  source = createDataSource(database.url);
  await source.initialize();
});
afterAll(async () => {
  await source?.destroy();
  await database?.drop();
});

test("a policy has an id of its own for each rule, and decides on every feature in every case", () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  for (const feature of MARKET_FEATURES) {
    expect(decide(feature, { country: "ZZ", birthDate: null }).feature).toBe(feature);
  }
  const party = { country: "CN", birthDate: "2012-02-29" };
  for (const feature of MARKET_FEATURES) expect(rulesFor(party)).toContain(decide(feature, party));
});

test("an age is a number of birthdays: who was born on 29 February has theirs on 1 March", () => {
  const on = (day: string) => new Date(`${day}T12:00:00Z`);
  expect(ageOf("2008-02-29", on("2023-02-28"))).toBe(14);
  expect(ageOf("2008-02-29", on("2023-03-01"))).toBe(15);
  expect(ageOf("2008-02-29", on("2024-02-29"))).toBe(16);
  expect(ageOf("2010-11-23", on("2026-11-22"))).toBe(15);
  expect(ageOf("2010-11-23", on("2026-11-23"))).toBe(16);
});

test("TypeScript and SQL decide alike, for every feature, country and age, to the day", async () => {
  const queries = new Database(source);
  const countries = [...NAMED_COUNTRIES, "US", "ZZ"];
  const ages = Array.from({ length: 22 }, (_, age) => age);
  const birthDates = [null, ...ages.flatMap((age) => [-1, 0, 1].map((days) => bornFor(age, days)))];
  const parties = countries.flatMap((country) => birthDates.map((birthDate) => ({ country, birthDate })));
  for (const feature of MARKET_FEATURES) {
    const decideAll = statement<
      { countries: readonly string[]; birthDates: readonly (string | null)[] },
      { allowed: boolean }
    >(
      `test_policy_${feature}`,
      `
      select ${policyAllows(feature, "p.country", "p.birth_date")} as allowed
      from unnest(:countries::text[], :birthDates::date[]) with ordinality as p (country, birth_date, nr)
      order by p.nr`,
    );
    const rows = await queries.run(decideAll, {
      countries: parties.map(({ country }) => country),
      birthDates: parties.map(({ birthDate }) => birthDate),
    });
    const now = new Date();
    expect(rows.map(({ allowed }) => allowed)).toEqual(
      parties.map((party) => decide(feature, party, { now }).allowed),
    );
  }
  expect(minimumAgeIn("ZZ")).toBe(13);
});
