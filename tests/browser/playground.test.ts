/** The playground as a newcomer meets it: in a browser, against the real server with the demo world in it. */
import { readdirSync, readFileSync } from "node:fs";
import { Kind, type OperationTypeNode, parse } from "graphql";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { describeInBrowser, openBrowser } from "../support/browser.ts";
import { startTestServer } from "../support/server.ts";

interface Operation {
  name: string;
  kind: OperationTypeNode;
  /** What it asks for first. */
  field: string;
}

interface Answer {
  data?: Record<string, unknown>;
  errors?: unknown;
}

const folder = new URL("../../schema/operations/", import.meta.url);
const operations = readdirSync(folder)
  .filter((file) => file.endsWith(".graphql"))
  .sort()
  .map((file) => readOperation(readFileSync(new URL(file, folder), "utf8")));

function readOperation(text: string): Operation {
  for (const definition of parse(text).definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const [selection] = definition.selectionSet.selections;
    return {
      name: definition.name?.value ?? "",
      kind: definition.operation,
      field: selection?.kind === Kind.FIELD ? selection.name.value : "",
    };
  }
  throw new Error("An operation file without an operation.");
}

function asking(field: string): Operation {
  const found = operations.find((operation) => operation.field === field);
  if (found === undefined) throw new Error(`No file of schema/operations asks for ${field}.`);
  return found;
}

async function openPlayground(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  const introspected = page.waitForResponse(`${url}/graphql`);
  await page.goto(url);
  const schema = (await (await introspected).json()) as Answer;
  expect(schema.errors).toBeUndefined();
  await page.getByRole("button", { name: /execute query/i }).waitFor();
  return page;
}

async function choose(page: Page, { name }: Operation): Promise<void> {
  await page.getByRole("tab").getByTitle(name, { exact: true }).click();
  await settle(page);
}

/** GraphiQL takes notice of what stands in its editors a tenth of a second later, and shows no sign of it. */
function settle(page: Page): Promise<void> {
  return page.waitForTimeout(500);
}

/** Runs the operation in its tab and returns what the server has answered. */
async function run(page: Page, operation: Operation): Promise<Answer> {
  await choose(page, operation);
  const answered = page.waitForResponse(
    (response) => response.request().postDataJSON()?.operationName === operation.name,
  );
  await page.getByRole("button", { name: /execute query/i }).click();
  const answer = (await (await answered).json()) as Answer;
  await result(page).getByText('"data"').waitFor();
  return answer;
}

function result(page: Page) {
  return page.getByRole("region", { name: "Result Window" });
}

async function variablesOf(page: Page, { name }: Operation): Promise<Record<string, unknown>> {
  const tabs = JSON.parse((await page.locator("#tabs").textContent()) ?? "") as {
    query: string;
    variables: string;
  }[];
  const tab = tabs.find(({ query }) => readOperation(query).name === name);
  return JSON.parse(tab?.variables || "{}");
}

/** Pastes these into the variables editor: to what is typed there, Monaco adds quotes of its own. */
async function fillVariables(page: Page, variables: Record<string, unknown>): Promise<void> {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(JSON.stringify(variables))})`);
  await page.getByRole("region", { name: "Variables" }).locator(".view-lines:visible").click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("ControlOrMeta+V");
  await settle(page);
}

describeInBrowser("The playground", () => {
  let server: { url: string; stop(): Promise<void> };
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    browser = await openBrowser();
    server = await startTestServer();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    // Monaco draws only the lines that are in sight, so there is room for long results.
    context = await browser.newContext({ viewport: { width: 1600, height: 3000 } });
  });
  afterEach(() => context.close());

  test("opens without a request to any other origin, and without an error", async () => {
    const origins = new Set<string>();
    const complaints: string[] = [];
    context.on("request", (request) => origins.add(new URL(request.url()).origin));
    context.on("console", (message) => complaints.push(message.text()));
    context.on("weberror", (error) => complaints.push(String(error.error())));

    const page = await openPlayground(context, server.url);
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await page.getByText("Root Types").waitFor();

    expect([...origins]).toEqual([server.url]);
    expect(complaints).toEqual([]);
  });

  test("has one tab for each file of schema/operations, in their order", async () => {
    const page = await openPlayground(context, server.url);

    const titles = await page.getByRole("tab").locator("[title]").allTextContents();
    expect(titles).toEqual(operations.map(({ name }) => name));
  });

  test("fills the variables of each tab, with a new nonce at each load", async () => {
    const page = await openPlayground(context, server.url);
    const before = await variablesOf(page, asking("sendMessage"));
    await page.reload();
    const after = await variablesOf(page, asking("sendMessage"));

    expect(after).toEqual({ ...before, nonce: expect.stringMatching(/^[\da-f-]{36}$/) });
    expect(after.nonce).not.toBe(before.nonce);
  });

  test("lets nothing else run in the page, and its assets be kept for good", async () => {
    const page = await fetch(server.url);
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'self'; style-src/);
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    expect(page.headers.get("cache-control")).toBe("no-store");

    const [script] = /\/playground\/[^"]+client\.js/.exec(await page.text()) ?? [];
    const asset = await fetch(`${server.url}${script}`);
    expect(asset.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect((await fetch(`${server.url}/playground/client.js`)).status).toBe(404);
  });

  test("makes every query tab work once somebody has signed in from the first tab", async () => {
    expect(operations[0]).toBe(asking("signIn"));
    const page = await openPlayground(context, server.url);
    await run(page, asking("signIn"));
    await page.getByRole("button", { name: "Sign out" }).waitFor();

    for (const operation of operations.filter(({ kind }) => kind === "query")) {
      expect([operation.name, (await run(page, operation)).errors]).toEqual([operation.name, undefined]);
    }
  });

  test("shows a message in one person's window as soon as the other has sent it from theirs", async () => {
    const ada = await openPlayground(context, server.url);
    const credentials = await variablesOf(ada, asking("signIn"));
    const signedIn = await run(ada, asking("signIn"));

    const otherContext = await browser.newContext({ viewport: { width: 1600, height: 3000 } });
    const bob = await openPlayground(otherContext, server.url);
    const handle = await partnerOf(signedIn, (await variablesOf(ada, asking("sendMessage"))).conversationId);
    await fillVariables(bob, { ...credentials, handle });
    await run(bob, asking("signIn"));
    await bob.getByText(`@${handle}`).waitFor();

    await choose(bob, asking("messageReceived"));
    const subscribed = bob
      .waitForEvent("websocket")
      .then((socket) =>
        socket.waitForEvent("framesent", ({ payload }) => String(payload).includes('"subscribe"')),
      );
    await bob.getByRole("button", { name: /execute query/i }).click();
    await subscribed;
    const sent = await run(ada, asking("sendMessage"));

    expect(sent.errors).toBeUndefined();
    const { body } = await variablesOf(ada, asking("sendMessage"));
    // Monaco draws a space as one that does not break, and breaks long lines.
    await result(bob)
      .getByText(new RegExp(String(body).slice(0, 20).replace(/\W/g, ".")))
      .waitFor();
    await otherContext.close();
  });

  test("keeps a person signed in through a reload, until they sign out", async () => {
    const page = await openPlayground(context, server.url);
    const signOut = page.getByRole("button", { name: "Sign out" });
    await run(page, asking("signIn"));
    await page.reload();
    await signOut.click();
    await signOut.waitFor({ state: "hidden" });

    const asked = page.waitForRequest(`${server.url}/graphql`);
    await page.reload();
    expect(await (await asked).headerValue("authorization")).toBeNull();
  });

  async function partnerOf(signedIn: Answer, conversationId: unknown): Promise<string> {
    const { signIn } = signedIn.data as {
      signIn: { credentials: { accessToken: string }; viewer: { user: { handle: string } } };
    };
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${signIn.credentials.accessToken}`,
      },
      body: JSON.stringify({
        query: "query ($id: ID!) { conversation(id: $id) { participants { nodes { user { handle } } } } }",
        variables: { id: conversationId },
      }),
    });
    const { data } = (await response.json()) as {
      data: { conversation: { participants: { nodes: { user: { handle: string } }[] } } };
    };
    const handles = data.conversation.participants.nodes.map(({ user }) => user.handle);
    return handles.find((handle) => handle !== signIn.viewer.user.handle) ?? "";
  }
});
