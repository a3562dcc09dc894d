/** What people say of themselves: names, and the rest of a profile. */
import { PASSWORD, World } from "../support/world.ts";
import { type Credentials, codes, documentOf, mutate, type Payload } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const update = async (handle: string, input: Record<string, unknown>): Promise<Payload<"updateProfile">> =>
  mutate(world, await world.person(handle), "updateProfile", input);
const refusals = ({ userErrors }: Payload<"updateProfile">) =>
  userErrors.map(({ code, path }) => [code, path?.join(".")]);

describe("a profile", () => {
  test("is changed in what is given, and stays in what is left out", async () => {
    const full = {
      displayName: "Ann Other",
      bio: "Hello\nthere",
      avatarUrl: "https://media.example/ann.jpg",
      country: "FR",
      email: "ann@ann.example",
      phone: "+33612345678",
    };
    const { email, phone, country, ...shown } = full;
    const id = (await world.person("ann")).globalId;
    const viewer = { email, phone, country, user: { id, handle: "ann", ...shown } };
    expect(await update("ann", full)).toEqual({ viewer, userErrors: [] });
    expect(await update("ann", {})).toEqual({ viewer, userErrors: [] });
    expect(await update("ann", { bio: "New" })).toEqual({
      viewer: { ...viewer, user: { ...viewer.user, bio: "New" } },
      userErrors: [],
    });
  });

  test("is emptied by null where it may be empty, and keeps what can't be", async () => {
    await update("bea", {
      displayName: "Bea",
      bio: "x",
      avatarUrl: "https://a.example/b",
      email: "b@b.example",
    });
    const nothing = { bio: null, avatarUrl: null, email: null, phone: null };
    const { viewer, userErrors } = await update("bea", {
      ...nothing,
      displayName: null,
      country: null,
      handle: null,
    });
    expect(userErrors).toEqual([]);
    expect(viewer).toEqual({
      email: null,
      phone: null,
      country: "DE",
      user: { id: expect.any(String), handle: "bea", displayName: "Bea", bio: null, avatarUrl: null },
    });
  });

  test("shows others the new name at their next read", async () => {
    await update("bea", { displayName: "Beatrice" });
    const friend = await world.person("ann");
    expect(await world.read(friend, `{ user(handle: "bea") { displayName } }`)).toEqual({
      user: { displayName: "Beatrice" },
    });
  });

  test.each([
    ["a bio of 160 characters", { bio: "🎈".repeat(160) }, []],
    ["no bio of 161", { bio: "x".repeat(161) }, [["INVALID", "bio"]]],
    ["no bell in a bio", { bio: "a\u0007" }, [["INVALID", "bio"]]],
    ["no country that there is not", { country: "XX" }, [["INVALID", "country"]]],
    ["no address that is none", { email: "not an address" }, [["INVALID", "email"]]],
    ["no name that is empty", { displayName: " " }, [["INVALID", "displayName"]]],
    ["no name of 51 characters", { displayName: "x".repeat(51) }, [["INVALID", "displayName"]]],
    ["no number without its country", { phone: "0151 12345678" }, [["INVALID", "phone"]]],
    ["no number that is too short", { phone: "+49123" }, [["INVALID", "phone"]]],
    ["no number of no country", { phone: "+999123456789" }, [["INVALID", "phone"]]],
    ["no number within words", { phone: "call +4915112345678" }, [["INVALID", "phone"]]],
  ])("takes %s", async (_, input, expected) => {
    expect(refusals(await update("cleo", input))).toEqual(expected);
  });

  test("a bio of nothing but blanks is none", async () => {
    expect((await update("cleo", { bio: " \n " })).viewer?.user.bio).toBeNull();
  });

  test("keeps addresses in lower case without blanks, and numbers as E.164", async () => {
    const { viewer, userErrors } = await update("cleo", {
      email: "  Cleo@Example.COM ",
      phone: "+49 (151) 1234-5678",
    });
    expect(userErrors).toEqual([]);
    expect(viewer).toMatchObject({ email: "cleo@example.com", phone: "+4915112345678" });
  });

  test("of which nothing is kept when a part is refused", async () => {
    await update("dora", { displayName: "Dora", bio: "Before" });
    await world.person("ann");
    for (const refused of [{ handle: "ann" }, { phone: "1" }, { displayName: "\u200B" }]) {
      expect(codes(await update("dora", { bio: "After", ...refused }))).toHaveLength(1);
    }
    expect((await update("dora", {})).viewer?.user).toMatchObject({ handle: "dora", bio: "Before" });
  });

  test("is for those who are signed in", async () => {
    for (const name of ["updateProfile", "updatePrivacy"] as const) {
      const { errors } = await world.ask(null, documentOf(name), { input: {} });
      expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
    }
  });

  test("of somebody who is no longer here is changed by no token that is good yet, and reads as signed out", async () => {
    const gone = await world.person("gone");
    await world.set(gone, "deleted_at", new Date());
    for (const fields of ["user { id }", "country", "privacy { suggestMe }"]) {
      const { data, errors } = await world.ask(gone, `{ viewer { ${fields} } }`);
      expect(data).toEqual({ viewer: null });
      expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
    }
    for (const name of ["updateProfile", "updatePrivacy", "changePassword"] as const) {
      const input = name === "changePassword" ? { currentPassword: PASSWORD, newPassword: PASSWORD } : {};
      const { errors } = await world.ask(gone, documentOf(name), { input });
      expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
    }
  });
});

describe("a name", () => {
  test.each([
    ["letters of one script", "Анна Каренина"],
    ["words of different scripts", "DJ Вася"],
    ["two scripts on both sides of a hyphen", "X-Клуб"],
    ["Greek letters", "Ελένη Παπαδοπούλου"],
    ["Latin letters beside Han", "Lin林"],
    ["the four scripts of Japanese", "山田ハナ子のX"],
    ["Latin letters beside Hangul", "K-팝 fan팬"],
    ["a Ukrainian apostrophe", "Соломʼяна"],
    ["an accent that stands alone", "ё́ж"],
    ["digits beside letters", "Вася2007"],
    ["a Georgian name", "ნინო"],
    ["a flag spelled in tags", "Ada 🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
    ["a heart with its variation", "Ada ❤️"],
    ["a key cap", "Ada 1️⃣"],
    ["a joined emoji with a colour of skin", "Ada 👩🏽‍🚀"],
  ])("may have %s", async (_, displayName) => {
    const { viewer, userErrors } = await update("names", { displayName });
    expect(userErrors).toEqual([]);
    expect(viewer?.user.displayName).toBe(displayName.normalize("NFC"));
  });

  test.each([
    ["a Cyrillic letter that looks Latin", "P\u0430ypal"],
    ["a Latin letter that looks Cyrillic", "\u0410нн\u0061"],
    ["a Greek letter that looks Latin", "Ann\u0391"],
    ["Greek beside Cyrillic", "\u0391нна"],
    ["an Armenian letter that looks Latin", "Ann\u0585"],
    ["a Cherokee letter that looks Latin", "\u13A0nn"],
  ])("must not have, in one word, %s", async (_, displayName) => {
    expect(refusals(await update("names", { displayName }))).toEqual([["INVALID", "displayName"]]);
  });

  test.each([
    ["a variation selector", "Ad\uFE0Fa"],
    ["one after a digit", "Ada1\uFE0F"],
    ["a joiner of digits", "Ada1\u200D2"],
    ["a grapheme joiner", "Ad\u034Fa"],
    ["a tag", "Ada\u{E0061}"],
    ["a supplementary variation selector", "Ada\u{E0100}"],
    ["a Khmer vowel that can't be seen", "Ada\u17B4"],
    ["a Braille blank", "Ada\u2800"],
    ["a turn of the writing direction", "\u2067Ada"],
    ["the mark of an order of bytes", "\uFEFFAda\uFEFFx"],
  ])("must not have %s", async (_, displayName) => {
    expect(refusals(await update("names", { displayName }))).toEqual([["INVALID", "displayName"]]);
  });

  test("has one kind of blank, however it was typed", async () => {
    const { viewer } = await update("names", { displayName: "\u3000Ada\u00A0\u2003Lovelace " });
    expect(viewer?.user.displayName).toBe("Ada Lovelace");
  });
});

describe("a phone number", () => {
  test("is given when signing up as well, and is for its owner alone", async () => {
    const account = { displayName: "New", password: PASSWORD, birthDate: "1995-06-15", country: "DE" };
    const phone = "+49 151 2345 6789";
    const signedUp = await mutate(world, null, "signUp", { handle: "phoned", phone, ...account });
    expect(signedUp.viewer?.phone).toBe("+4915123456789");
    const { accessToken } = signedUp.credentials as Credentials;
    const { viewer } = await mutate(world, { token: accessToken }, "updateProfile", { phone: null });
    expect(viewer?.phone).toBeNull();
    const refused = await mutate(world, null, "signUp", { handle: "phoned.two", phone: "123", ...account });
    expect(refused.userErrors).toMatchObject([{ code: "INVALID", path: ["phone"] }]);
  });
});
