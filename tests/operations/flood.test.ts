/** Many who sign in at once: who is let in, who is turned away, and who notices nothing. */
import { send } from "../support/ask.ts";
import { PASSWORD, World } from "../support/world.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const signIn = (handle: string, password = PASSWORD) => mutate(world, null, "signIn", { handle, password });

describe("a flood of people who sign in", () => {
  test("is turned away beyond a short queue, with a word on when to come back, while others read on", async () => {
    const { token } = await world.person("reader");
    const handles = ["reader", "nobody.here"];
    let isOver = false;
    const began = Date.now();
    const flood = Promise.all(
      Array.from({ length: 300 }, (_, at) => signIn(handles[at % 2] ?? "", "not the password")),
    ).finally(() => {
      isOver = true;
    });
    let read = 0;
    while (!isOver) {
      const { errors } = await send(world.server.url, token, "{ viewer { user { handle } } }");
      expect(errors).toEqual([]);
      if (!isOver) read++;
    }
    const answers = await flood;
    const refused = answers.filter((answer) => codes(answer).includes("TOO_MANY_REQUESTS"));
    expect(refused.length).toBeGreaterThan(0);
    expect(read).toBeGreaterThan(0);
    // All others had their turn, and the same answer.
    expect(new Set(answers.flatMap(codes))).toEqual(new Set(["INVALID", "TOO_MANY_REQUESTS"]));
    for (const { userErrors } of refused) {
      const retryAt = Date.parse(userErrors[0]?.retryAt ?? "");
      expect(retryAt).toBeGreaterThan(began);
      expect(retryAt).toBeLessThan(Date.now() + 2_000);
    }
    expect(codes(await signIn("reader"))).toEqual([]);
  });

  test("of newcomers is turned away alike, and whoever comes back is let in", async () => {
    const newcomer = (at: number) => ({
      handle: `flooding${at}`,
      displayName: "New",
      password: PASSWORD,
      birthDate: "1995-06-15",
      country: "DE",
    });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) => mutate(world, null, "signUp", newcomer(at))),
    );
    expect(new Set(answers.flatMap(codes))).toEqual(new Set(["TOO_MANY_REQUESTS"]));
    const at = answers.findIndex((answer) => codes(answer).length > 0);
    expect(codes(await mutate(world, null, "signUp", newcomer(at)))).toEqual([]);
  });
});
